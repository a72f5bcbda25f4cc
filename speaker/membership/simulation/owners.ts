import type { Host } from './host.ts'
import type { Network } from './network.ts'
import type { Timeline } from './timeline.ts'
import type { Vip } from './vip.ts'

/** How a speaker answers for an address: in its own name, in that of another node, or not. */
type Role = 'nobody' | 'own' | Host

/** An address that moved, and what it moved away from. */
export interface Move {
  readonly atMillis: number
  readonly vip: Vip
  readonly from: Host
  readonly to: Host
  /**
   * false: from an owner whose node and speaker live and that should have it. needless: from a node that forwards, and
   * whose speaker has only been away for less than the stand-in's time. home: to one that comes first.
   */
  readonly type: 'false' | 'needless' | 'home' | 'handover' | 'takeover'
}

/** For how long something was so that should not be. */
class Spells {
  #longestMillis = 0
  readonly #since = new Map<Vip, number>()

  set(vip: Vip, isSo: boolean, nowMillis: number): void {
    const since = this.#since.get(vip)
    if (isSo === (since !== undefined)) return
    if (isSo) this.#since.set(vip, nowMillis)
    else this.#end(vip, since!, nowMillis)
  }

  get count(): number {
    return this.#since.size
  }

  /** Of those that are over, and those that are not. */
  longestMillis(nowMillis: number): number {
    return this.#since.values().reduce((longest, since) => Math.max(longest, nowMillis - since), this.#longestMillis)
  }

  /** Counts anew from here, and what lasts from now on. */
  reset(nowMillis: number): void {
    this.#longestMillis = 0
    for (const vip of this.#since.keys()) this.#since.set(vip, nowMillis)
  }

  #end(vip: Vip, since: number, nowMillis: number): void {
    this.#since.delete(vip)
    this.#longestMillis = Math.max(this.#longestMillis, nowMillis - since)
  }
}

/** Who answers for which address, as somebody sees it who sees everything. */
export class Owners {
  moves: Move[] = []
  onMove: ((move: Move) => void) | undefined
  readonly twice = new Spells()
  readonly unowned = new Spells()
  readonly #timeline: Timeline
  readonly #network: Network
  readonly #standInMillis: number
  readonly #roles = new Map<Vip, Map<Host, Role>>()
  readonly #last = new Map<Vip, Host>()

  constructor(timeline: Timeline, network: Network, vips: readonly Vip[], standInMillis: number) {
    this.#timeline = timeline
    this.#network = network
    this.#standInMillis = standInMillis
    for (const vip of vips) this.#roles.set(vip, new Map())
  }

  set(host: Host, vip: Vip, role: Role): void {
    const roles = this.#roles.get(vip)!
    if (role === 'own' && roles.get(host) !== 'own') this.#noteMove(host, vip)
    if (role === 'nobody') roles.delete(host)
    else roles.set(host, role)
    const [owner, ...others] = this.ownersOf(vip)
    if (owner !== undefined && others.length === 0) this.#last.set(vip, owner)
    this.#judge(vip)
  }

  /** Nodes or speakers have died, or the network is another one. */
  judgeAll(): void {
    for (const [vip, roles] of this.#roles) {
      for (const host of roles.keys()) if (!host.hasSpeaker) roles.delete(host)
      this.#judge(vip)
    }
  }

  ownersOf(vip: Vip): Host[] {
    return [...this.#roles.get(vip)!].flatMap(([host, role]) => (role === 'own' ? [host] : []))
  }

  /** Each address has one owner, wherever anybody could have it. */
  areSettled(): boolean {
    return this.twice.count === 0 && this.unowned.count === 0
  }

  /** That were owned by one of these last. */
  lastOwnedBy(hosts: ReadonlySet<Host>): Vip[] {
    return [...this.#last].flatMap(([vip, host]) => (hosts.has(host) ? [vip] : []))
  }

  count(type: Move['type']): number {
    return this.moves.filter((move) => move.type === type).length
  }

  reset(): void {
    const { nowMillis } = this.#timeline
    this.moves = []
    this.twice.reset(nowMillis)
    this.unowned.reset(nowMillis)
  }

  #noteMove(to: Host, vip: Vip): void {
    const from = this.#last.get(vip)
    if (from === undefined || from === to) return
    const move: Move = { atMillis: this.#timeline.nowMillis, vip, from, to, type: this.#typeOf(vip, from, to) }
    this.moves.push(move)
    this.onMove?.(move)
  }

  #typeOf(vip: Vip, from: Host, to: Host): Move['type'] {
    if (!from.isPowered || !this.#network.joins(from.index, to.index)) return 'takeover'
    if (this.#network.isImpaired(from.index)) return 'takeover'
    if (vip.order.indexOf(to.name) < vip.order.indexOf(from.name)) return 'home'
    if (from.speaker === undefined || from.speaker.phase === 'starting') {
      return this.#timeline.nowMillis - from.servedMillis < this.#standInMillis ? 'needless' : 'handover'
    }
    return from.speaker.phase === 'serving' ? 'false' : 'handover'
  }

  /** Each part of a divided network has clients of its own. */
  #judge(vip: Vip): void {
    const { nowMillis } = this.#timeline
    const parts = new Map<number, { owners: number; answerers: number }>()
    for (const host of vip.candidates) {
      const part = this.#network.partOf(host.index)
      if (!host.hasSpeaker || host.speaker!.phase !== 'serving' || part === undefined) continue
      if (!parts.has(part)) parts.set(part, { owners: 0, answerers: 0 })
    }
    for (const [host, role] of this.#roles.get(vip)!) {
      const counts = parts.get(this.#network.partOf(host.index) ?? -1)
      if (counts === undefined || !host.answers || (typeof role === 'object' && !this.#forwards(role, host))) continue
      counts.answerers++
      if (role === 'own') counts.owners++
    }
    const all = [...parts.values()]
    this.twice.set(
      vip,
      all.some(({ owners }) => owners > 1),
      nowMillis,
    )
    this.unowned.set(
      vip,
      all.some(({ answerers }) => answerers === 0),
      nowMillis,
    )
  }

  #forwards(absent: Host, substitute: Host): boolean {
    return absent.isPowered && this.#network.joins(absent.index, substitute.index)
  }
}
