import type { Constants } from './constants.ts'
import type { MemberRecord } from './member-record.ts'

export type Verdict = 'wait' | 'ask' | 'vote'

/**
 * One ward in the eyes of its watcher.
 *
 *     settled:  heard ──130 ms──► asked, each 45 ms ──400 ms──► vote, +100, +200 ms, then each second
 *     adopted:  asked ──60 ms───► asked again ────────120 ms──► vote, the same          an answer settles it
 *
 * Adopted is whoever has become a ward a moment ago: nothing is known of how it was heard before.
 */
export class Watch {
  readonly record: MemberRecord
  /** Own votes in this silence. */
  votes = 0
  isAdopted = true
  readonly #constants: Constants
  /** The silence before that does not count. */
  #sinceMillis: number
  /** How long this node itself was stalled in this silence. */
  #slackMillis = 0
  #heardMillis = Number.NEGATIVE_INFINITY
  #askedMillis: number
  #votedMillis = 0
  #asked = 1
  /** Before the next vote on a ward that refuted the last one and is not heard all the same: the fault is on the way to here. */
  #patienceMillis = 0

  /** The first ping is the caller's. */
  constructor(record: MemberRecord, constants: Constants, nowMillis: number) {
    this.record = record
    this.#constants = constants
    this.#sinceMillis = nowMillis
    this.#askedMillis = nowMillis
  }

  /** @param lateMillis how late the timer is: that long nobody read the sockets, so every deadline moves by as much */
  step(nowMillis: number, lateMillis: number, mayVote: boolean): Verdict {
    this.#notice()
    this.#slackMillis += lateMillis
    const { voteMillis, pingAgainMillis } = this.#constants
    const silentMillis = this.#silentMillis(nowMillis)
    const toleratedMillis = (this.isAdopted ? 2 * pingAgainMillis : voteMillis) + this.#patienceMillis
    if (silentMillis < toleratedMillis) return this.#ask(nowMillis, silentMillis)
    return mayVote ? this.#vote(nowMillis) : 'wait'
  }

  /** Silent long enough to join the vote of another. */
  joins(nowMillis: number): boolean {
    this.#notice()
    return this.#silentMillis(nowMillis) >= this.#constants.voteMillis
  }

  /** It has a new incarnation: it lived a moment ago, and earlier votes are void. */
  forgive(nowMillis: number): void {
    const { voteSlowlyMillis } = this.#constants
    if (this.votes > 0)
      this.#patienceMillis = Math.min(8 * voteSlowlyMillis, Math.max(voteSlowlyMillis, 2 * this.#patienceMillis))
    this.votes = 0
    this.#sinceMillis = nowMillis
    this.#slackMillis = 0
  }

  #notice(): void {
    const { heardMillis } = this.record
    if (heardMillis === this.#heardMillis || heardMillis < this.#sinceMillis) return
    this.#heardMillis = heardMillis
    this.#slackMillis = 0
    this.#patienceMillis = 0
    this.isAdopted = false
    this.votes = 0
  }

  #silentMillis(nowMillis: number): number {
    return nowMillis - Math.max(this.#heardMillis, this.#sinceMillis) - this.#slackMillis
  }

  #ask(nowMillis: number, silentMillis: number): Verdict {
    const { askMillis, askAgainMillis, pingAgainMillis } = this.#constants
    const isDue = this.isAdopted
      ? this.#asked === 1 && silentMillis >= pingAgainMillis
      : silentMillis > askMillis && nowMillis - this.#askedMillis >= askAgainMillis
    if (!isDue) return 'wait'
    this.#asked++
    this.#askedMillis = nowMillis
    return 'ask'
  }

  #vote(nowMillis: number): Verdict {
    const { voteAgainMillis, voteSlowlyMillis } = this.#constants
    const pauseMillis = this.votes < 3 ? voteAgainMillis : voteSlowlyMillis
    if (this.votes > 0 && nowMillis - this.#votedMillis < pauseMillis) return 'wait'
    this.votes++
    this.#votedMillis = nowMillis
    return 'vote'
  }
}
