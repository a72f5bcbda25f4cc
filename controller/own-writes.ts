import type { V1Service } from '@kubernetes/client-node'
import { keyOf } from '../kube/object.ts'
import type { Change, Store } from '../kube/store.ts'

interface Written {
  readonly service: V1Service
  /** Versions of the Service that this one came after. */
  readonly superseded: ReadonlySet<string | undefined>
}

/**
 * Services as our own writes left them, until the watch brings the same or something newer. Without it a pass between
 * a write and its echo would decide about a past that it knows to be past.
 */
export class OwnWrites {
  readonly #store: Store<V1Service>
  readonly #written = new Map<string, Written>()

  constructor(store: Store<V1Service>) {
    this.#store = store
  }

  latest(key: string): V1Service | undefined {
    const stored = this.#store.get(key)
    const written = this.#written.get(key)
    return stored !== undefined && written?.superseded.has(versionOf(stored)) ? written.service : stored
  }

  /** `after` is the server's answer to the write that was based on `before`. */
  record(before: V1Service, after: V1Service): void {
    const key = keyOf(after)
    const superseded = new Set(this.#written.get(key)?.superseded).add(versionOf(before))
    if (superseded.has(versionOf(this.#store.get(key)))) this.#written.set(key, { service: after, superseded })
  }

  /** Whether the change in the store is news; the echo of our own writes is not. */
  isNews({ key, after }: Change<V1Service>): boolean {
    const written = this.#written.get(key)
    if (written === undefined) return true
    if (after !== undefined && written.superseded.has(versionOf(after))) return false
    this.#written.delete(key)
    return versionOf(after) !== versionOf(written.service)
  }
}

function versionOf(service: V1Service | undefined): string | undefined {
  return service?.metadata?.resourceVersion
}
