import type { Constants } from './constants.ts'
import type { MemberRecord } from './member-record.ts'

/** Somebody who is no ward, and is asked twice before something is done in its name or to it. */
export interface Check {
  readonly record: MemberRecord
  /**
   * - `hearsay`: another's list has it dead.
   * - `missing`: it should have joined the accusation of a ward by now. If it is gone too, it gets a vote.
   * - `accused`: by another. It gets a second vote when it has been silent as long as a ward may be: it may only be slow.
   */
  readonly about: 'hearsay' | 'missing' | 'accused'
  /** Of the rumour. */
  readonly incarnation: number
  sinceMillis: number
  isAskedTwice: boolean
  votedMillis: number
}

export type CheckVerdict = 'wait' | 'ask' | 'bury' | 'vote' | 'done'

/** The members under a check, each once. */
export class Checks {
  readonly #constants: Constants
  readonly #checks = new Map<MemberRecord, Check>()

  constructor(constants: Constants) {
    this.#constants = constants
  }

  /** False if it is checked already. The first ping is the caller's. */
  begin(record: MemberRecord, about: Check['about'], incarnation: number, nowMillis: number): boolean {
    if (this.#checks.has(record)) return false
    const votedMillis = Number.NEGATIVE_INFINITY
    this.#checks.set(record, { record, about, incarnation, sinceMillis: nowMillis, isAskedTwice: false, votedMillis })
    return true
  }

  get open(): Iterable<Check> {
    return this.#checks.values()
  }

  step(check: Check, nowMillis: number, lateMillis: number, mayJudge: boolean): CheckVerdict {
    check.sinceMillis += lateMillis
    const verdict = this.#judge(check, nowMillis, mayJudge)
    if (verdict === 'done' || verdict === 'bury') this.#checks.delete(check.record)
    return verdict
  }

  clear(): void {
    this.#checks.clear()
  }

  #judge(check: Check, nowMillis: number, mayJudge: boolean): CheckVerdict {
    const { pingAgainMillis, proxyMillis, voteMillis } = this.#constants
    const { about, record, sinceMillis } = check
    if (record.heardMillis >= sinceMillis || record.life !== 'alive') return 'done'
    const silentMillis = nowMillis - sinceMillis
    if (silentMillis >= proxyMillis) return 'done'
    const patienceMillis = about === 'accused' ? voteMillis : 2 * pingAgainMillis
    if (silentMillis < patienceMillis) return this.#askAgain(check, silentMillis)
    if (!mayJudge) return 'wait'
    return about === 'hearsay' ? 'bury' : this.#voteAgain(check, nowMillis)
  }

  #askAgain(check: Check, silentMillis: number): CheckVerdict {
    if (check.isAskedTwice || silentMillis < this.#constants.pingAgainMillis) return 'wait'
    check.isAskedTwice = true
    return 'ask'
  }

  #voteAgain(check: Check, nowMillis: number): CheckVerdict {
    if (nowMillis - check.votedMillis < this.#constants.proxyVoteMillis) return 'wait'
    check.votedMillis = nowMillis
    return 'vote'
  }
}
