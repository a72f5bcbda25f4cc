import { ConfigKeeper } from '../../config/config-keeper.ts'
import { formatGeneration, generationOf } from '../../config/generation.ts'
import type { BgpBackend } from '../../config/rules.ts'
import type { Config } from '../../config/snapshot.ts'
import { storedObjects } from '../../config/stored-objects.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Store } from '../../kube/store.ts'
import type { AdvisedStores } from '../advised-objects.ts'
import { isOtherLabels, isOtherSpec } from '../relevant-change.ts'

export interface AnnouncingListener {
  onConfig(): void
  onGeneration(): void
}

/**
 * The configuration by which speakers announce, kept as they keep it: the last one that was valid as a whole. Every replica
 * keeps it, so that whoever leads next has it at hand while the newest one is at fault.
 */
export class AnnouncingConfig {
  readonly #stores: AdvisedStores
  readonly #keeper: ConfigKeeper
  readonly #listeners = new Set<AnnouncingListener>()
  #unsubscribes: readonly (() => void)[] = []

  constructor(stores: AdvisedStores, backend: BgpBackend) {
    this.#stores = stores
    this.#keeper = new ConfigKeeper({
      read: () => storedObjects(stores),
      rules: { backend, secretPassthrough: true },
      generation: () => generationOf(stores),
      onChange: () => this.#tell((listener) => listener.onConfig()),
      onGeneration: () => this.#tell((listener) => listener.onGeneration()),
      onVerdict: () => undefined, // what is wrong is told elsewhere
    })
  }

  /** Undefined: there has never been a valid one. */
  get current(): Config | undefined {
    return this.#keeper.current
  }

  /** Of the one in force, as speakers tell it. */
  get generation(): string | undefined {
    const { generation } = this.#keeper
    return generation === undefined ? undefined : formatGeneration(generation)
  }

  /** To be called when the stores have seen everything once. */
  start(): void {
    const { extras, ...stores } = this.#stores
    this.#keeper.load()
    this.#unsubscribes = [
      extras.subscribe(() => this.#keeper.schedule()),
      ...Object.values<Store<KubeObject>>(stores).map((store) =>
        store.subscribe((change) => {
          if (isOtherSpec(change) || isOtherLabels(change)) this.#keeper.schedule()
        }),
      ),
    ]
  }

  /** Returns the way to unsubscribe. */
  subscribe(listener: AnnouncingListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe()
    this.#keeper.stop()
  }

  #tell(call: (listener: AnnouncingListener) => void): void {
    for (const listener of this.#listeners) call(listener)
  }
}
