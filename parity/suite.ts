import type { Rules } from './compare.ts'

/** One operation of a scenario: `op` and its arguments. */
export type Step = { readonly op: string } & Readonly<Record<string, unknown>>

/** What came of a step, under the names that `then` uses. */
export type Facts = Readonly<Record<string, unknown>>

/** How the scenarios of one suite are put to the product. */
export interface Suite {
  readonly rules: Rules
  /** Facts of each step, in order. Throws {@link ScenarioError} for a step that it does not know. */
  run(given: Readonly<Record<string, unknown>>, steps: readonly Step[]): Facts[] | Promise<Facts[]>
}

/** The scenario asks for something that the format does not have. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
}

export type Operations<State> = Readonly<Record<string, (state: State, step: Step) => Facts | Promise<Facts>>>

export async function runSteps<State>(
  operations: Operations<State>,
  state: State,
  steps: readonly Step[],
): Promise<Facts[]> {
  const facts: Facts[] = []
  for (const step of steps) {
    const operation = Object.hasOwn(operations, step.op) ? operations[step.op] : undefined
    if (operation === undefined) throw new ScenarioError(`the suite has no op ${JSON.stringify(step.op)}`)
    facts.push(await operation(state, step))
  }
  return facts
}
