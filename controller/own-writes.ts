import type { V1Service } from '@kubernetes/client-node'
import { keyOf } from '../kube/object.ts'
import type { Change, Store } from '../kube/store.ts'

type Version = string | undefined

interface Written {
  readonly service: V1Service
  /** Versions of the Service that this one came after. */
  readonly superseded: ReadonlySet<Version>
}

/**
 * Services as our own writes left them, until the watch brings the same or something newer. Without it a pass between
 * a write and its echo would decide about a past that it knows to be past, and every echo would cost a pass.
 *
 * Assumption: no two writes to one Service are under way at a time.
 */
export class OwnWrites {
  readonly #store: Store<V1Service>
  readonly #onNews: (key: string) => void
  readonly #written = new Map<string, Written>()
  readonly #underWay = new Set<string>()
  /** By Service with a write that failed: versions that do not show whether it was done all the same. */
  readonly #doubts = new Map<string, ReadonlySet<Version>>()

  /** `onNews` hears of what others did to a Service. */
  constructor(store: Store<V1Service>, onNews: (key: string) => void) {
    this.#store = store
    this.#onNews = onNews
  }

  latest(key: string): V1Service | undefined {
    const stored = this.#store.get(key)
    const written = this.#written.get(key)
    return stored !== undefined && written?.superseded.has(versionOf(stored)) ? written.service : stored
  }

  /**
   * Whether the server may have a newer version than the latest here, by a write of ours that failed: the answer was
   * lost, or it was a conflict. What was decided since is not the last word before that is known.
   */
  isInDoubt(key: string): boolean {
    return this.#doubts.get(key)?.has(this.#storedVersion(key)) ?? false
  }

  /** To be called with each change of the store. */
  changed(change: Change<V1Service>): void {
    if (!this.isInDoubt(change.key)) this.#doubts.delete(change.key)
    // It may be the echo, which can be faster than the answer.
    if (!this.#underWay.has(change.key) && this.#isNews(change)) this.#onNews(change.key)
  }

  /** `write` is based on `before`, and resolves with the Service as it is then. */
  async send(before: V1Service, write: () => Promise<V1Service>): Promise<void> {
    const key = keyOf(before)
    const known = new Set(this.#written.get(key)?.superseded).add(versionOf(before))
    this.#underWay.add(key)
    this.#doubts.set(key, known)
    try {
      const after = await write()
      this.#doubts.delete(key)
      if (known.has(this.#storedVersion(key))) this.#written.set(key, { service: after, superseded: new Set(known) })
      known.add(versionOf(after))
    } finally {
      this.#underWay.delete(key)
      if (!known.has(this.#storedVersion(key))) this.#overtaken(key)
    }
  }

  #overtaken(key: string): void {
    this.#written.delete(key)
    this.#onNews(key)
  }

  #storedVersion(key: string): Version {
    return versionOf(this.#store.get(key))
  }

  #isNews({ key, after }: Change<V1Service>): boolean {
    const written = this.#written.get(key)
    if (written === undefined) return true
    if (after !== undefined && written.superseded.has(versionOf(after))) return false
    this.#written.delete(key)
    return versionOf(after) !== versionOf(written.service)
  }
}

function versionOf(service: V1Service | undefined): Version {
  return service?.metadata?.resourceVersion
}
