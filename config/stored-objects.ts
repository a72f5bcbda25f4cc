import type { ConfigObjects } from './parse.ts'

/** Something that keeps objects, such as a watch's store. */
interface Kept<T> {
  values(): Iterable<T>
}

/** Each kind's objects where they are kept; the kinds that do not concern a component are left out. */
type ConfigStores = {
  readonly [K in keyof ConfigObjects]: Kept<
    NonNullable<ConfigObjects[K]> extends readonly (infer T)[] ? T : NonNullable<ConfigObjects[K]>
  >
}

/** The objects as they are now. */
export function storedObjects({ extras, ...stores }: ConfigStores): ConfigObjects {
  const [configMap] = extras?.values() ?? []
  const lists = Object.entries<Kept<unknown>>(stores).map(([kind, store]) => [kind, [...store.values()]])
  const objects: ConfigObjects = Object.fromEntries(lists) // same keys, and what each store has
  return configMap === undefined ? objects : { ...objects, extras: configMap }
}
