import { isDeepStrictEqual } from 'node:util'
import { Broadcast } from './broadcast.ts'
import { type Common, stampOf } from './common.ts'
import { Damping } from './damping.ts'
import type { MemberLink, Phase } from './member.ts'
import { factsOf } from './member-record.ts'
import type { Message } from './message.ts'
import { maxIncarnation } from './report-codec.ts'

/** So long all that comes of one reunion may take. */
const momentMillis = 1000

/** What this node says of itself to all: JOIN while it starts, ALIVE, and LEAVE. Each change is a new incarnation, said three times. */
export class OwnWord {
  readonly #common: Common
  readonly #broadcast = new Broadcast()
  readonly #damping = new Damping()
  #saidMillis = Number.NEGATIVE_INFINITY

  constructor(common: Common) {
    this.#common = common
  }

  get dueMillis(): number {
    return this.#broadcast.dueMillis
  }

  /** Says it at once, and twice more. */
  say(nowMillis: number): void {
    const { constants, view } = this.#common
    const { repeatMillis, spreadMillis } = constants
    const isLeaving = view.own.phase === 'leaving'
    this.#saidMillis = nowMillis
    this.#broadcast.begin(
      nowMillis,
      isLeaving ? [0, spreadMillis, 3 * spreadMillis] : [0, repeatMillis, 2 * repeatMillis],
    )
    this.speak(nowMillis)
  }

  /** Whether something was due. */
  speak(nowMillis: number): boolean {
    if (!this.#broadcast.take(nowMillis)) return false
    const { constants, outbox, view } = this.#common
    const to = view.everybody
    outbox.send(to, this.message(), Math.max(constants.spreadMillis, to.length * constants.paceMillis))
    return true
  }

  message(): Message {
    const { own } = this.#common.view
    const stamp = stampOf(own)
    if (own.phase === 'leaving') return { type: 'leave', ...stamp }
    if (own.phase === 'starting') return { type: 'join', ...stamp, ...factsOf(own), isQuestion: false }
    return { type: 'alive', ...stamp, ...factsOf(own) }
  }

  /** Takes over what the shell says. */
  set(phase: Phase, links: readonly MemberLink[] | undefined, nowMillis: number): void {
    const { own } = this.#common.view
    const allowed = phase === 'serving' && this.#damping.isDamped(nowMillis) ? 'returning' : phase
    // Interfaces change with each pod of a node; where the node itself is hardly ever does.
    const isMoved = links !== undefined && !isDeepStrictEqual(links, own.links)
    if (allowed === own.phase && !isMoved) return
    if (isMoved) own.links = links
    this.renew(nowMillis, allowed)
    this.say(nowMillis)
  }

  /** A new incarnation, newer than `incarnation` too. */
  renew(nowMillis: number, phase = this.#common.view.own.phase, incarnation = 0): void {
    const { own } = this.#common.view
    const newer = Math.min(Math.max(own.incarnation, incarnation) + 1, maxIncarnation)
    this.#common.view.renew(newer, phase, nowMillis)
  }

  /** Somebody accuses this node, or believes it dead. */
  refute(accuser: string, incarnation: number, isBelievedDead: boolean, nowMillis: number): void {
    const { constants, outbox, view } = this.#common
    if (incarnation < view.own.incarnation) {
      const isOnItsWay = nowMillis - this.#saidMillis < 3 * constants.repeatMillis
      if (!isOnItsWay) outbox.send([accuser], this.message())
      return
    }
    if (isBelievedDead && this.#wasAway(accuser, nowMillis)) this.#damp(nowMillis)
    this.renew(nowMillis, view.own.phase, incarnation)
    this.say(nowMillis)
  }

  /** Where two parts have lost sight of each other, it was the smaller one that was away. */
  #wasAway(accuser: string, nowMillis: number): boolean {
    const { view } = this.#common
    const by = view.find(accuser)
    const wereApart = by !== undefined && (by.life === 'dead' || nowMillis - by.sinceMillis < momentMillis)
    return !wereApart || view.isOutnumbered || nowMillis - view.outnumberedMillis < momentMillis
  }

  #damp(nowMillis: number): void {
    if (!this.#damping.died(nowMillis)) return
    const { outbox, view } = this.#common
    if (view.own.phase === 'serving') this.renew(nowMillis, 'returning')
    outbox.add({ type: 'damped', untilMillis: this.#damping.untilMillis })
  }
}
