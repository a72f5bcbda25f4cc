/** Several reflectors, each under a name: all that a process watches. */
import type { Reflector } from './reflector.ts'
import type { Store } from './store.ts'

type Member = Pick<Reflector<unknown>, 'start' | 'synced' | 'stop'>
type ReflectorSet<S> = Record<keyof S, Member>
/** The stores of reflectors, under the same names. */
export type StoresOf<S> = { readonly [K in keyof S]: S[K] extends { readonly store: infer T } ? T : never }

/** Resolves when each has seen everything once. If the signal comes first, they are stopped: rejects with its reason. */
export async function startReflectors<S extends ReflectorSet<S>>(reflectors: S, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  const all = Object.values<Member>(reflectors)
  const stop = () => void stopReflectors(reflectors)
  signal?.addEventListener('abort', stop)
  try {
    for (const reflector of all) reflector.start()
    await Promise.all(all.map((reflector) => reflector.synced()))
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

export async function stopReflectors<S extends ReflectorSet<S>>(reflectors: S): Promise<void> {
  await Promise.all(Object.values<Member>(reflectors).map((reflector) => reflector.stop()))
}

export function storesOf<S extends Record<keyof S, { readonly store: Store<unknown> }>>(reflectors: S): StoresOf<S> {
  const entries = Object.entries<{ readonly store: Store<unknown> }>(reflectors)
  return Object.fromEntries(entries.map(([name, { store }]) => [name, store])) as StoresOf<S> // same keys
}
