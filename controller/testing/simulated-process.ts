/** A process of the controller in a simulation: the whole product, with a clock and a line that the test holds. */
import { Registry } from 'prom-client'
import { createClient } from '../../kube/client.ts'
import type { ApiRequest } from '../../kube/request.ts'
import { silentLog } from '../../kube/testing/silent-log.ts'
import { settle, VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { type Allocation, startAllocation } from '../start.ts'
import { Link, type Write } from './link.ts'
import type { SimulatedServer, Stored } from './simulated-server.ts'
import { systemNamespace } from './simulation-objects.ts'
import { targetOf } from './target.ts'
import { type Knowledge, Told } from './told.ts'

const timings = { leaseDurationMillis: 15_000, renewDeadlineMillis: 10_000, retryPeriodMillis: 2_000 }

export interface ProcessOptions {
  readonly server: SimulatedServer
  /** Of several replicas each has one; undefined: it is the only process. */
  readonly identity: string | undefined
  readonly startedMillis: number
  readonly coin: () => boolean
  readonly onSend: (request: ApiRequest) => void
  readonly onWrite: (write: Write, knowledge: readonly Knowledge[]) => void
}

export class SimulatedProcess {
  readonly identity: string | undefined
  readonly link: Link
  readonly told = new Told()
  /** What it did wrong; thrown where it happens it would be an error of the product's to deal with. */
  readonly complaints: string[] = []
  readonly #clock = new VirtualClock()
  readonly #allocation: Allocation
  /** How much it knew when it first tried to write what it still tries to write, by object. */
  readonly #knewAt = new Map<string, number>()
  /** Of each Service the version that it left there last, as it was told. */
  readonly #left = new Map<string, number>()
  /** Time that passes while it stands still. */
  #missedMillis = 0
  #isFrozen = false

  constructor({ server, identity, startedMillis, coin, onSend, onWrite }: ProcessOptions) {
    this.identity = identity
    this.#clock.jump(startedMillis)
    const { told } = this
    this.link = new Link({
      ...{ server, clock: this.#clock, coin },
      onSend: (request) => {
        this.#sent(request)
        onSend(request)
      },
      onAnswer: (request, answer) => this.#left.set(targetOf(request).key ?? '', versionOf(answer)),
      onWrite: (write) => onWrite(write, this.#knowledgeFor(write)),
      onOpen: (plural, isFromNothing) => told.opened(plural, isFromNothing),
      onReceive: (plural, event) => told.received(plural, event),
    })
    this.#allocation = startAllocation({
      ...{
        client: createClient(this.link),
        namespace: systemNamespace,
        loadBalancerClass: '',
        ignoreExcludeLabel: false,
        backend: 'native',
      },
      ...{ podName: '', registry: new Registry(), notReady: () => undefined, log: silentLog, clock: this.#clock },
      election: identity === undefined ? undefined : { ...timings, name: 'metallb-controller', identity },
    })
    this.#allocation.ready.catch(() => {})
  }

  get isFrozen(): boolean {
    return this.#isFrozen
  }

  async advance(millis: number): Promise<void> {
    if (this.#isFrozen) this.#missedMillis += millis
    else await this.#clock.advance(millis)
  }

  freeze(): void {
    this.#isFrozen = true
    this.link.freeze()
  }

  async thaw(): Promise<void> {
    if (!this.#isFrozen) return
    this.#isFrozen = false
    this.#clock.jump(this.#missedMillis)
    this.#missedMillis = 0
    this.link.thaw()
    await this.#clock.advance(0)
  }

  kill(): void {
    this.link.cut()
  }

  /** An orderly end. `whileStopping` is called again and again until it is reached. */
  async stop(whileStopping: () => void): Promise<void> {
    let isOver = false
    const stopped = this.#allocation.stop().then(() => {
      isOver = true
    })
    for (let turns = 0; !isOver && turns < 100; turns++) {
      whileStopping()
      await settle()
      await this.#clock.advance(50)
    }
    await stopped
    this.link.cut()
  }

  #sent({ path, body }: ApiRequest): void {
    const { plural, key = '' } = targetOf({ path })
    if (plural === 'services' && body !== undefined) this.#checkVersion(key, versionOf(JSON.parse(body) as Stored))
    if (!this.#knewAt.has(key)) this.#knewAt.set(key, Math.max(0, this.told.history.length - 1))
  }

  /** Whoever changed a Service does not decide by what it was before. */
  #checkVersion(key: string, version: number): void {
    const isPast = version < (this.#left.get(key) ?? 0) && this.identity === undefined // another term knows less
    if (isPast) this.complaints.push(`a write to ${key} is based on what was before the last`)
  }

  /** What the process can have known when it decided on the write. */
  #knowledgeFor({ request }: Write): readonly Knowledge[] {
    const { key = '' } = targetOf(request)
    const knowledge = this.told.history.slice(this.#knewAt.get(key))
    this.#knewAt.delete(key)
    return knowledge
  }
}

function versionOf({ metadata }: Stored): number {
  return Number(metadata?.resourceVersion ?? 0)
}
