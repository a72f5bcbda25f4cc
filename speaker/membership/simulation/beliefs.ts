import type { Member } from '../member.ts'
import type { Host } from './host.ts'
import type { Network } from './network.ts'
import type { Timeline } from './timeline.ts'

/** Wrong beliefs about one node within that time are one mishap. */
const episodeMillis = 1000

/** Who believes whom dead, and whether they are right. */
export class Beliefs {
  /** Somebody believes dead whom it could hear. */
  wrong = 0
  episodes = 0
  /** From the failure on, for each member that lives and each that it should bury. */
  timesMillis: number[] = []
  readonly #timeline: Timeline
  readonly #network: Network
  readonly #hosts: readonly Host[]
  readonly #dead: Uint8Array
  readonly #episodeMillis: Float64Array
  #expected: (observer: Host, other: Host) => boolean = () => false
  #sinceMillis = 0

  constructor(timeline: Timeline, network: Network, hosts: readonly Host[]) {
    this.#timeline = timeline
    this.#network = network
    this.#hosts = hosts
    this.#dead = new Uint8Array(hosts.length ** 2)
    this.#episodeMillis = new Float64Array(hosts.length).fill(Number.NEGATIVE_INFINITY)
  }

  /** From now on these are to be believed dead. */
  expect(expected: (observer: Host, other: Host) => boolean): void {
    this.#expected = expected
    this.#sinceMillis = this.#timeline.nowMillis
    this.timesMillis = []
  }

  learn(observer: Host, other: Host, member: Member | undefined): void {
    const at = observer.index * this.#hosts.length + other.index
    const isDead = member?.life === 'dead' && member.phase !== 'leaving'
    if (this.#dead[at] === Number(isDead)) return
    this.#dead[at] = Number(isDead)
    if (isDead) this.#buried(observer, other)
  }

  /** Its speaker is gone, and its beliefs with it. */
  forget(observer: Host): void {
    const from = observer.index * this.#hosts.length
    this.#dead.fill(0, from, from + this.#hosts.length)
  }

  isDead(observer: Host, other: Host): boolean {
    return this.#dead[observer.index * this.#hosts.length + other.index] === 1
  }

  /** Expected, and not believed. */
  missing(): number {
    return this.#pairs((observer, other) => this.#expected(observer, other) && !this.isDead(observer, other))
  }

  /** Believed dead though it could be heard. */
  standingWrong(): number {
    return this.#pairs((observer, other) => this.isDead(observer, other) && this.#couldHear(observer, other))
  }

  reset(): void {
    this.wrong = this.episodes = 0
  }

  #buried(observer: Host, other: Host): void {
    const { nowMillis } = this.#timeline
    if (this.#expected(observer, other)) this.timesMillis.push(nowMillis - this.#sinceMillis)
    if (!this.#couldHear(observer, other)) return
    this.wrong++
    if (nowMillis - this.#episodeMillis[other.index]! > episodeMillis) this.episodes++
    this.#episodeMillis[other.index] = nowMillis
  }

  #couldHear(observer: Host, other: Host): boolean {
    return other.hasSpeaker && this.#network.joins(observer.index, other.index)
  }

  #pairs(isCounted: (observer: Host, other: Host) => boolean): number {
    let count = 0
    for (const observer of this.#hosts) {
      if (!observer.hasSpeaker) continue
      for (const other of this.#hosts) if (other !== observer && isCounted(observer, other)) count++
    }
    return count
  }
}
