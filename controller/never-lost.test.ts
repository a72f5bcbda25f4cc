import { expect } from 'chai'
import fc from 'fast-check'
import { knownHistories } from './testing/known-histories.ts'
import { Simulation } from './testing/simulation.ts'
import { type Step, steps } from './testing/simulation-steps.ts'

/**
 * The whole controller at a simulated API server, in histories that are made up at random: requests and watches that are
 * late, lost, refused or repeated, processes that end at any point, users who change their minds.
 *
 * MODEL_STEPS=100000 for a longer search; MODEL_SEED and MODEL_PATH, which a failure prints, for the same one again.
 */
describe('no address is lost, whatever happens', () => {
  const wantedSteps = Number(process.env['MODEL_STEPS'] ?? 12_000)
  const { MODEL_SEED: seed, MODEL_PATH: path } = process.env

  for (const [what, history] of Object.entries(knownHistories)) {
    it(what, () => live(1, 1, history))
  }

  for (const [replicas, share] of [
    [1, 0.75],
    [2, 0.25],
  ] as const) {
    it(`with ${replicas === 1 ? 'one controller' : 'two replicas'}`, async function () {
      this.timeout(60_000 + wantedSteps * 50)
      let taken = 0
      for (let batch = 0; taken < wantedSteps * share && (batch === 0 || path === undefined); batch++) {
        const options = { numRuns: 20, ...(seed === undefined ? {} : { seed: Number(seed) + batch }) }
        await fc.assert(
          fc.asyncProperty(fc.nat(), fc.array(steps, { maxLength: 120, size: 'max' }), async (chance, history) => {
            taken += history.length
            await live(replicas, chance, history)
          }),
          { ...options, ...(path === undefined ? {} : { path }), ...reporting },
        )
      }
      expect(path ?? taken >= wantedSteps * share).not.to.equal(false)
    })
  }
})

const reporting = {
  reporter: (details: fc.RunDetails<[number, Step[]]>) => {
    if (!details.failed) return
    const history = details.counterexample?.[1].map((step) => `  ${JSON.stringify(step)}`).join('\n')
    const again = `MODEL_SEED=${details.seed} MODEL_PATH=${details.counterexamplePath}`
    throw new Error(`${again}\n${details.errorInstance}\n${history}`, { cause: details.errorInstance })
  },
}

/** Everything that is random in the product, too, comes from `chance`. */
async function live(replicas: number, chance: number, history: readonly Step[]): Promise<void> {
  const { random } = Math
  Math.random = generator(chance)
  const simulation = new Simulation(replicas, Math.random)
  try {
    for (const step of history) await simulation.run(step)
    await simulation.rest()
    await simulation.heal()
  } finally {
    simulation.end()
    Math.random = random
  }
}

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
