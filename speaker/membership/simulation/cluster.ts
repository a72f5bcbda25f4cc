import { type Address, formatAddress } from '../../../net/address.ts'
import { hashOf } from '../member-record.ts'
import { Beliefs } from './beliefs.ts'
import { Host } from './host.ts'
import { lan, Network } from './network.ts'
import { Owners } from './owners.ts'
import type { Life } from './process.ts'
import { Random } from './random.ts'
import type { Settings } from './settings.ts'
import { Speaker } from './speaker.ts'
import { Timeline } from './timeline.ts'
import { Trace } from './trace.ts'
import { Traffic } from './traffic.ts'
import { type Vip, vipsOf } from './vip.ts'
import { Wire } from './wire.ts'

/** Nodes on a network, each with a speaker, in virtual time. */
export class Cluster {
  readonly settings: Settings
  readonly timeline = new Timeline()
  readonly random: Random
  readonly hosts: readonly Host[]
  readonly names: readonly string[]
  readonly vips: readonly Vip[]
  readonly network: Network
  readonly traffic: Traffic
  readonly wire: Wire
  readonly beliefs: Beliefs
  readonly owners: Owners
  readonly #byName: ReadonlyMap<string, Host>
  readonly #byMac: ReadonlyMap<string, Host>
  trace: Trace | undefined
  /** Messages that speakers took for genuine and that were not. */
  deceptions = 0
  #overflows = 0

  constructor(nodes: number, settings: Settings) {
    this.settings = settings
    this.random = new Random(settings.seed)
    this.hosts = Array.from({ length: nodes }, (_, index) => new Host(index, index % settings.subnets))
    this.names = this.hosts.map(({ name }) => name)
    this.#byName = new Map(this.hosts.map((host) => [host.name, host]))
    this.#byMac = new Map(this.hosts.map((host) => [host.link.mac, host]))
    this.vips = vipsOf(this.hosts, settings, this.random)
    const { loss, reorder } = settings
    this.network = new Network(nodes, { ...lan, loss, reorder }, this.random)
    this.traffic = new Traffic(nodes)
    this.wire = new Wire(this.timeline, this.network, this.traffic)
    this.beliefs = new Beliefs(this.timeline, this.network, this.hosts)
    this.owners = new Owners(this.timeline, this.network, this.vips, settings.standInSeconds * 1000)
  }

  host(name: string): Host {
    return this.#byName.get(name)!
  }

  hostOfMac(mac: string): Host | undefined {
    return this.#byMac.get(mac)
  }

  hostOfAddress({ value }: Address): Host | undefined {
    return this.hosts.find(({ link }) => link.ipv4.value === value)
  }

  /** Neighbours on the ring of watchers follow each other. */
  ring(): Host[] {
    return [...this.hosts].sort((a, b) => hashOf(a.name) - hashOf(b.name))
  }

  lifeOn({ clockRate }: Host): Life {
    const { stallEverySeconds, stallMostMillis, socketQueue } = this.settings
    return {
      stallEveryMillis: stallEverySeconds * 1000,
      stallMillis: [Math.min(20, stallMostMillis), stallMostMillis],
      readMillis: 0.03,
      socketQueue,
      clockRate,
    }
  }

  /** The calendar, as those see it whose calendar is right. */
  get calendarMillis(): number {
    return 1_800_000_000_000 + this.timeline.nowMillis
  }

  get overflows(): number {
    return this.hosts.reduce((sum, { speaker }) => sum + (speaker?.process.overflows ?? 0), this.#overflows)
  }

  run(millis: number): void {
    this.timeline.runUntil(this.timeline.nowMillis + millis)
  }

  /** Runs until it is so; how long that took, or undefined after `mostMillis`. */
  runUntil(isSo: () => boolean, mostMillis: number, everyMillis = 1): number | undefined {
    const began = this.timeline.nowMillis
    while (!isSo()) {
      if (this.timeline.nowMillis - began >= mostMillis) return undefined
      this.run(everyMillis)
    }
    return this.timeline.nowMillis - began
  }

  start(host: Host, knowsApi = true): void {
    host.speaker = new Speaker(this, host)
    host.speaker.start(knowsApi)
    this.owners.judgeAll()
  }

  /** kill -9: the node goes on. */
  crash(host: Host): void {
    if (host.speaker === undefined) return
    if (host.serves) host.servedMillis = this.timeline.nowMillis
    this.#overflows += host.speaker.process.overflows
    host.speaker.process.kill()
    host.speaker = undefined
    this.beliefs.forget(host)
    this.owners.judgeAll()
  }

  /** SIGTERM: it says so, hands over, and ends. */
  stop(host: Host): void {
    const { speaker } = host
    speaker?.leave(() => {
      if (host.speaker === speaker) this.crash(host)
    })
  }

  powerOff(hosts: Iterable<Host>): void {
    for (const host of hosts) {
      host.isPowered = false
      this.crash(host)
    }
    this.owners.judgeAll()
  }

  powerOn(hosts: Iterable<Host>): void {
    for (const host of hosts) {
      host.isPowered = true
      this.start(host)
    }
  }

  separate(hosts: Iterable<Host>): void {
    this.network.separate(Array.from(hosts, ({ index }) => index))
    this.owners.judgeAll()
  }

  heal(): void {
    this.network.heal()
    this.owners.judgeAll()
  }

  /** Kernels on both sides of a cut give up their neighbours on the other. */
  loseNeighbours(): void {
    for (const a of this.hosts) {
      for (const b of this.hosts) if (!this.network.joins(a.index, b.index)) a.kernel.lose(b.index)
    }
  }

  /** All measuring begins here. */
  reset(): void {
    this.traffic.reset(this.timeline.nowMillis)
    this.beliefs.reset()
    this.owners.reset()
    if (this.settings.trace === 1) this.#startTrace()
  }

  hearsFrames({ index }: Host): boolean {
    return this.network.hears(index)
  }

  #startTrace(): void {
    const trace = new Trace(this.timeline)
    this.trace = trace
    this.owners.onMove = ({ type, atMillis, vip, from, to }) => {
      if (type !== 'false' && type !== 'needless') return
      const address = formatAddress(vip.address)
      console.error(`${type} at ${atMillis.toFixed(1)}: ${address} from ${from.name} to ${to.name}`)
      console.error(trace.lines(address, from.name).join('\n'))
    }
  }

  /** All members serve and know each other, and each address has one owner. */
  isWhole(): boolean {
    return this.owners.areSettled() && this.hosts.every((host) => !host.hasSpeaker || host.speaker!.knowsAll())
  }
}
