/**
 * The local copy of one resource: a map by key with indexes.
 *
 * Readers see `Store`. Only the reflector holds the `ObjectStore`, so there is one writer. A replacement (a new full
 * list) is written in place: `beginReplace`, any number of `apply`, then `endReplace` removes what was not mentioned.
 * That needs no second copy of a large cluster, and an object that did not change causes no change event.
 */
import { type KubeObject, keyOf } from './object.ts'

export interface Change<T> {
  key: string
  before: T | undefined
  after: T | undefined
}

export interface Store<T> {
  get(key: string): T | undefined
  values(): Iterable<T>
  keys(): Iterable<string>
  /** The objects whose index function returned `value`. */
  byIndex(index: string, value: string): Iterable<T>
  readonly size: number
  /** Called after each change, in order, synchronously. Returns the way to unsubscribe. */
  subscribe(listener: (change: Change<T>) => void): () => void
}

export type IndexFunctions<T> = Record<string, (object: T) => string[]>

interface Index<T> {
  valuesOf(object: T): string[]
  readonly keys: KeysByValue
}

/** Mostly one, of thousands of values: a set for each would take more memory than its object. */
type KeysByValue = Map<string, string | Set<string>>

export interface StoreOptions<T> {
  indexes?: IndexFunctions<T>
  /** A listener that throws does not keep the others from hearing the change. */
  onListenerError?: (error: unknown, key: string) => void
}

export class ObjectStore<T extends KubeObject> implements Store<T> {
  readonly #objects = new Map<string, T>()
  readonly #indexes: ReadonlyMap<string, Index<T>>
  readonly #listeners = new Set<(change: Change<T>) => void>()
  readonly #onListenerError: (error: unknown, key: string) => void
  #unmentioned: Set<string> | undefined

  constructor({ indexes = {}, onListenerError = rethrow }: StoreOptions<T> = {}) {
    const rows = Object.entries(indexes).map(([name, valuesOf]) => [name, { valuesOf, keys: new Map() }] as const)
    this.#indexes = new Map<string, Index<T>>(rows)
    this.#onListenerError = onListenerError
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  values(): Iterable<T> {
    return this.#objects.values()
  }

  keys(): Iterable<string> {
    return this.#objects.keys()
  }

  get size(): number {
    return this.#objects.size
  }

  *byIndex(index: string, value: string): Iterable<T> {
    const found = this.#indexes.get(index)
    if (!found) throw new RangeError(`no index ${index}`)
    for (const key of keysOf(found.keys.get(value))) yield this.#objects.get(key)!
  }

  subscribe(listener: (change: Change<T>) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Stores the object, unless it is the one we have. */
  apply(object: T): void {
    const key = keyOf(object)
    this.#unmentioned?.delete(key)
    const before = this.#objects.get(key)
    if (before && isSame(object, before)) return
    this.#objects.set(key, object)
    this.#reindex(key, before, object)
    this.#notify({ key, before, after: object })
  }

  remove(key: string): void {
    const before = this.#objects.get(key)
    this.#unmentioned?.delete(key)
    if (!before) return
    this.#objects.delete(key)
    this.#reindex(key, before, undefined)
    this.#notify({ key, before, after: undefined })
  }

  beginReplace(): void {
    this.#unmentioned = new Set(this.#objects.keys())
  }

  endReplace(): void {
    const gone = this.#unmentioned ?? []
    this.#unmentioned = undefined
    for (const key of gone) this.remove(key)
  }

  #reindex(key: string, before: T | undefined, after: T | undefined): void {
    for (const index of this.#indexes.values()) {
      if (before) for (const value of index.valuesOf(before)) unlink(index.keys, value, key)
      if (after) for (const value of index.valuesOf(after)) link(index.keys, value, key)
    }
  }

  #notify(change: Change<T>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch (error) {
        this.#onListenerError(error, change.key)
      }
    }
  }
}

function keysOf(found: string | ReadonlySet<string> | undefined): Iterable<string> {
  return typeof found === 'string' ? [found] : (found ?? [])
}

function link(keys: KeysByValue, value: string, key: string): void {
  const found = keys.get(value)
  if (found === undefined) keys.set(value, key)
  else if (typeof found === 'object') found.add(key)
  else if (found !== key) keys.set(value, new Set([found, key]))
}

function unlink(keys: KeysByValue, value: string, key: string): void {
  const found = keys.get(value)
  if (typeof found === 'object') {
    found.delete(key)
    if (found.size === 0) keys.delete(value)
  } else if (found === key) {
    keys.delete(value)
  }
}

function rethrow(error: unknown): never {
  throw error
}

/** A list or a re-opened watch may show again what we have; only that is skipped. Order is the watcher's business. */
function isSame(object: KubeObject, stored: KubeObject): boolean {
  const version = object.metadata?.resourceVersion
  return (
    version !== undefined &&
    version === stored.metadata?.resourceVersion &&
    object.metadata?.uid === stored.metadata?.uid
  )
}
