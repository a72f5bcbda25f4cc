import { addressProbes } from '../crds/generated/resources.ts'
import type { AddressProbe, AddressProbeStatus } from '../crds/generated/types.ts'
import { isNotFound, type KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { Action, type Controller, startController } from '../kube/controller.ts'
import type { Log } from '../kube/log.ts'
import { refOf } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import { parseAddress } from '../net/address.ts'
import type { probeAddress } from './layer2/probe.ts'
import { linksTo, type Surroundings } from './surroundings.ts'

export interface AddressProbesOptions {
  readonly client: KubeClient
  /** This one. */
  readonly node: string
  /** Those whose label names this node. */
  readonly store: Store<AddressProbe>
  readonly surroundings: () => Surroundings
  readonly probe: typeof probeAddress
  readonly log: Log
  readonly clock: Clock
}

/** Each takes 300 ms, a socket and three frames. */
const probesAtOnce = 32
const longestMessage = 1024

/** Answers the questions of the controller whether anybody on the network has an address. */
export class AddressProbes {
  readonly #options: AddressProbesOptions
  readonly #controller: Controller
  readonly #unsubscribe: () => void

  constructor(options: AddressProbesOptions) {
    const { store, log, clock } = options
    this.#options = options
    this.#controller = startController({
      ...{ name: 'address-probes', concurrency: probesAtOnce, log, clock },
      reconcile: (key, { signal }) => this.#reconcile(key, signal),
    })
    for (const key of store.keys()) this.#controller.enqueue(key)
    this.#unsubscribe = store.subscribe(({ key, after }) => {
      if (after !== undefined) this.#controller.enqueue(key)
    })
  }

  stop(): Promise<void> {
    this.#unsubscribe()
    return this.#controller.stop()
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Action> {
    const { client, node, store, log } = this.#options
    const object = store.get(key)
    if (object === undefined || object.status?.result !== undefined) return Action.awaitChange
    if (object.spec.node !== node) return Action.awaitChange // the label, made by hand, names another than the spec
    const status = await this.#answer(object.spec.address)
    log.info({ address: object.spec.address, ...status }, 'asked the network for an address')
    try {
      await client.patch(addressProbes, refOf(key), {
        type: 'merge',
        body: { status },
        subresource: 'status',
        signal,
      })
    } catch (error) {
      if (!isNotFound(error)) throw error // nobody waits for it any more
    }
    return Action.awaitChange
  }

  async #answer(text: string): Promise<AddressProbeStatus> {
    const { surroundings, probe, clock } = this.#options
    try {
      const address = parseAddress(text)
      const links = linksTo(address, surroundings())
      if (links.length === 0) return { result: 'NotProbed', message: `no network of this node has ${text}` }
      const answers = await Promise.all(links.map((link) => probe({ interface: link, address, clock })))
      const hardwareAddresses = [...new Set(answers.flat())].slice(0, 16)
      return hardwareAddresses.length === 0 ? { result: 'Unanswered' } : { result: 'Answered', hardwareAddresses }
    } catch (error) {
      return { result: 'NotProbed', message: (error as Error).message.slice(0, longestMessage) }
    }
  }
}
