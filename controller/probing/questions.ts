import { probeLabel, probeLabelOf } from '../../config/probe-label.ts'
import { addressProbes } from '../../crds/generated/resources.ts'
import type { AddressProbe, AddressProbeStatus } from '../../crds/generated/types.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Clock, Timer } from '../../kube/clock.ts'
import { Action, type Controller, type StopOptions, startController } from '../../kube/controller.ts'
import type { Log } from '../../kube/log.ts'
import { keyOf, refOf } from '../../kube/object.ts'
import type { Store } from '../../kube/store.ts'
import { type Address, formatAddress } from '../../net/address.ts'

export interface QuestionsOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly store: Store<AddressProbe>
  readonly log: Log
  readonly clock: Clock
}

/** A speaker takes 300 ms; the rest is for the API server, twice, and for other questions. */
const answerMillis = 2000
const deletionsAtOnce = 8
/** Tells the controller's own from those that somebody made by hand. */
const ownLabels = { 'metallb.io/component-type': 'controller' } as const

/** Asks single speakers for single addresses, by AddressProbe objects that live as long as the question. */
export class Questions {
  readonly #options: QuestionsOptions
  readonly #waiting = new Map<string, (status: AddressProbeStatus | undefined) => void>()
  readonly #removing: Controller
  readonly #unsubscribe: () => void

  /** What a former leader left behind is removed. */
  constructor(options: QuestionsOptions) {
    const { client, store, log, clock } = options
    this.#options = options
    this.#removing = startController({
      ...{ name: 'remove-address-probes', concurrency: deletionsAtOnce, log, clock },
      async reconcile(key, { signal }) {
        await client.delete(addressProbes, refOf(key), { signal })
        return Action.awaitChange
      },
    })
    for (const object of store.values()) if (isOwn(object)) this.#removing.enqueue(keyOf(object))
    this.#unsubscribe = store.subscribe(({ key, after }) => {
      if (after === undefined || after.status?.result !== undefined) this.#waiting.get(key)?.(after?.status)
    })
  }

  /** Undefined: no answer in time. Rejects when it cannot be asked. */
  async ask(address: Address, node: string, signal: AbortSignal): Promise<AddressProbeStatus | undefined> {
    const { client, namespace } = this.#options
    const made = await client.create(addressProbes, questionFor(address, node, namespace), { signal })
    const key = keyOf(made)
    try {
      return await this.#answerTo(key, signal)
    } finally {
      this.#removing.enqueue(key)
    }
  }

  async stop(options?: StopOptions): Promise<void> {
    this.#unsubscribe()
    await this.#removing.stop(options)
  }

  #answerTo(key: string, signal: AbortSignal): Promise<AddressProbeStatus | undefined> {
    const { store, clock } = this.#options
    const present = store.get(key)?.status
    if (present?.result !== undefined) return Promise.resolve(present)
    return new Promise((resolve) => {
      const finish = (status: AddressProbeStatus | undefined): void => {
        clock.clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        this.#waiting.delete(key)
        resolve(status)
      }
      const onAbort = (): void => finish(undefined)
      const timer: Timer = clock.setTimeout(onAbort, answerMillis)
      signal.addEventListener('abort', onAbort)
      this.#waiting.set(key, finish)
    })
  }
}

function questionFor(address: Address, node: string, namespace: string): AddressProbe {
  const labels = { ...ownLabels, [probeLabel]: probeLabelOf(node) }
  return {
    apiVersion: 'metallb.io/v1alpha1',
    kind: 'AddressProbe',
    metadata: { generateName: 'probe-', namespace, labels },
    spec: { address: formatAddress(address), node },
  }
}

function isOwn({ metadata }: AddressProbe): boolean {
  return Object.entries(ownLabels).every(([label, value]) => metadata?.labels?.[label] === value)
}
