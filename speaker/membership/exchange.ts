import { type Common, stampOf } from './common.ts'
import { cutReports } from './datagram.ts'
import { type MemberRecord, reportOf } from './member-record.ts'

interface Correspondent {
  digest: number
  /** Since when it says that digest. */
  sinceMillis: number
  nextMillis: number
  pauseMillis: number
}

const longestPauses = 32

/**
 * Compares views by the digest in each heartbeat, and exchanges whole views with those whose view has differed for a while. A difference
 * that no exchange ends (the API names others to them) is looked at ever more seldom.
 */
export class Exchange {
  readonly #common: Common
  readonly #correspondents = new WeakMap<MemberRecord, Correspondent>()

  constructor(common: Common) {
    this.#common = common
  }

  compare(record: MemberRecord, digest: number, nowMillis: number): void {
    const { constants, view } = this.#common
    if (digest === view.digest) return
    const peer = this.#correspondent(record, digest, nowMillis)
    if (peer.digest !== digest)
      Object.assign(peer, { digest, sinceMillis: nowMillis, pauseMillis: constants.exchangeMillis })
    if (nowMillis < peer.nextMillis) return
    if (nowMillis - Math.max(peer.sinceMillis, view.digestSinceMillis) < constants.quietMillis) return
    this.tell(record, true)
    peer.nextMillis = nowMillis + peer.pauseMillis
    peer.pauseMillis = Math.min(2 * peer.pauseMillis, longestPauses * constants.exchangeMillis)
  }

  /** The own view in full, as many datagrams as it takes. */
  tell(to: MemberRecord, isQuestion: boolean): void {
    const { outbox, view } = this.#common
    const known = [view.own, ...view.others()].filter((record) => record.isCounted && record.life !== 'absent')
    const parts = cutReports(known.map(reportOf))
    for (const [part, members] of parts.entries()) {
      outbox.send([to.name], { type: 'sync', ...stampOf(view.own), part, parts: parts.length, isQuestion, members })
    }
  }

  #correspondent(record: MemberRecord, digest: number, nowMillis: number): Correspondent {
    const known = this.#correspondents.get(record)
    if (known !== undefined) return known
    const pauseMillis = this.#common.constants.exchangeMillis
    const fresh = { digest, sinceMillis: nowMillis, nextMillis: Number.NEGATIVE_INFINITY, pauseMillis }
    this.#correspondents.set(record, fresh)
    return fresh
  }
}
