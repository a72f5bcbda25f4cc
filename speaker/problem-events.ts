import type { SpeakerStatus } from '../crds/generated/types.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { Store } from '../kube/store.ts'
import type { KnownProblem } from './self-check/journal.ts'

export interface ProblemEventsOptions {
  /** The key of the own SpeakerStatus. */
  readonly key: string
  readonly store: Store<SpeakerStatus>
  readonly events: Pick<EventRecorder, 'emit'>
}

/**
 * Tells problems in events of the SpeakerStatus. What is found before there is one waits for it: `kubectl describe` finds
 * events by the uid of their object.
 */
export class ProblemEvents {
  readonly #options: ProblemEventsOptions
  readonly #waiting = new Map<string, KnownProblem>()
  readonly #unsubscribe: () => void

  constructor(options: ProblemEventsOptions) {
    this.#options = options
    this.#unsubscribe = options.store.subscribe(() => this.#emit())
  }

  add(problems: readonly KnownProblem[]): void {
    for (const problem of problems) this.#waiting.set(problem.reason, problem)
    this.#emit()
  }

  close(): void {
    this.#unsubscribe()
  }

  #emit(): void {
    const { key, store, events } = this.#options
    const object = this.#waiting.size > 0 ? store.get(key) : undefined
    if (object === undefined) return
    const target = { ...object, apiVersion: 'metallb.io/v1alpha1', kind: 'SpeakerStatus' }
    for (const { reason, message } of this.#waiting.values()) events.emit(target, { type: 'Warning', reason, message })
    this.#waiting.clear()
  }
}
