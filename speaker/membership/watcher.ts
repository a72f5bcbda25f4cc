import { Certificates } from './certificates.ts'
import { Checks } from './checks.ts'
import { type Common, stampOf } from './common.ts'
import { CrashHints } from './crash-hints.ts'
import { cutLives } from './datagram.ts'
import type { Phase } from './member.ts'
import { lifeOf, type MemberRecord, reportOf } from './member-record.ts'
import { Votes } from './votes.ts'
import { Wards } from './wards.ts'

/** Watches the wards, accuses the silent, counts the votes, and spreads the deaths that two votes prove. */
export class Watcher {
  readonly #common: Common
  readonly #wards: Wards
  readonly #votes: Votes
  readonly #checks: Checks
  readonly #hints: CrashHints
  readonly #certificates: Certificates
  #hasPassed = false

  constructor(common: Common) {
    const { constants, view } = common
    this.#common = common
    this.#wards = new Wards(view, constants)
    this.#votes = new Votes(constants.voteLifetimeMillis)
    this.#checks = new Checks(constants)
    this.#hints = new CrashHints(constants.crashMillis)
    this.#certificates = new Certificates(constants.gatherMillis)
  }

  get dueMillis(): number {
    return Math.min(this.#hints.dueMillis, this.#certificates.dueMillis)
  }

  /** Each 25 ms. */
  tick(nowMillis: number, lateMillis: number): void {
    const mayJudge = this.#mayJudge(lateMillis)
    const asked: string[] = []
    for (const watch of this.#wards.watches) {
      const verdict = watch.step(nowMillis, lateMillis, mayJudge)
      if (verdict !== 'wait') asked.push(watch.record.name)
      if (verdict === 'vote') this.#vote(watch.record, nowMillis)
      if (verdict === 'vote' && watch.votes >= 2) this.#callWatchersOf(watch.record, nowMillis)
      if (watch.votes > 0) this.#judge(watch.record, nowMillis)
    }
    this.#wards.narrow()
    this.#stepChecks(nowMillis, lateMillis, mayJudge, asked)
    this.#ping(asked)
  }

  /** What is due between two ticks. */
  wake(nowMillis: number, lateMillis: number): void {
    for (const record of this.#hints.take(nowMillis, lateMillis === 0)) this.#vote(record, nowMillis)
    this.#sendCertificate(nowMillis)
  }

  /** After each step: a ward that has just become one is asked at once. */
  refresh(nowMillis: number): void {
    const adopted = this.#wards.refresh(nowMillis)
    if (adopted.length > 0) this.#ping(adopted.map((record) => record.name))
  }

  hearVote(accused: MemberRecord, incarnation: number, voter: MemberRecord, nowMillis: number): void {
    if (accused.life !== 'alive') return
    if (incarnation < accused.incarnation) {
      this.#tellNews(accused, voter)
      return
    }
    if (incarnation > accused.incarnation) this.revive(accused, incarnation, accused.phase, nowMillis)
    this.#votes.cast(accused, voter, nowMillis)
    this.#judge(accused, nowMillis)
    if (accused.life === 'alive') this.#lookAt(accused, nowMillis)
  }

  /** Somebody else has seen two votes. */
  hearCertificate(dead: MemberRecord, incarnation: number, nowMillis: number): void {
    if (dead.life === 'alive' && incarnation >= dead.incarnation) this.bury(dead, incarnation, nowMillis)
  }

  hearRumour(dead: MemberRecord, incarnation: number, nowMillis: number): void {
    if (this.#checks.begin(dead, 'hearsay', incarnation, nowMillis)) this.#ping([dead.name])
  }

  /** The kernel of that node refused a datagram of ours. */
  unreachable(record: MemberRecord, nowMillis: number): void {
    if (record.life !== 'alive') return
    if (this.hearCrash(record, nowMillis)) {
      const { outbox, view } = this.#common
      outbox.send(this.#watchersOf(record, nowMillis), {
        type: 'crashed',
        ...stampOf(view.own),
        accused: lifeOf(record),
      })
    } else {
      this.#hints.confirm(record)
    }
  }

  /** True if this is the first word of it. */
  hearCrash(record: MemberRecord, nowMillis: number): boolean {
    if (record.life !== 'alive' || !this.#hints.begin(record, nowMillis)) return false
    this.#ping([record.name])
    return true
  }

  /** It lives, with this incarnation: earlier votes are void. */
  revive(record: MemberRecord, incarnation: number, phase: Phase, nowMillis: number): void {
    const { outbox, view } = this.#common
    if (record.life === 'dead' && record.phase !== 'leaving') outbox.add({ type: 'back', name: record.name })
    this.#votes.clear(record)
    this.#wards.of(record)?.forgive(nowMillis)
    view.revive(record, incarnation, phase, nowMillis)
  }

  bury(record: MemberRecord, incarnation: number, nowMillis: number): void {
    this.#wards.widen(record, nowMillis)
    this.#votes.clear(record)
    this.#common.view.bury(record, incarnation, nowMillis)
  }

  /** Nothing is heard any more: accuses nobody, and begins anew afterwards. */
  pause(): void {
    this.#wards.clear()
    this.#checks.clear()
    this.#hints.clear()
  }

  /** A late timer may have left answers unread: one turn is let pass, but not two. */
  #mayJudge(lateMillis: number): boolean {
    this.#hasPassed = lateMillis > 0 && !this.#hasPassed
    return !this.#hasPassed
  }

  #stepChecks(nowMillis: number, lateMillis: number, mayJudge: boolean, asked: string[]): void {
    for (const check of this.#checks.open) {
      const { record, incarnation } = check
      const verdict = this.#checks.step(check, nowMillis, lateMillis, mayJudge)
      if (verdict === 'ask') asked.push(record.name)
      if (verdict === 'vote') this.#vote(record, nowMillis)
      if (verdict === 'bury') this.bury(record, Math.max(incarnation, record.incarnation), nowMillis)
    }
  }

  /** Another accuses it: joins at once if it has long been silent here, and asks it if nothing is known of it. */
  #lookAt(accused: MemberRecord, nowMillis: number): void {
    const ward = this.#wards.of(accused)
    if (ward === undefined) this.#check([accused], 'accused', nowMillis)
    else if (ward.joins(nowMillis) && !this.#votes.has(accused, this.#common.view.own, nowMillis))
      this.#vote(accused, nowMillis)
  }

  /** Not to all: to the accused and to those who should have noticed as well. */
  #vote(record: MemberRecord, nowMillis: number): void {
    const { outbox, view } = this.#common
    const to = [record.name, ...this.#watchersOf(record, nowMillis)]
    outbox.send(to, { type: 'suspect', ...stampOf(view.own), accused: lifeOf(record) })
    this.#votes.cast(record, view.own, nowMillis)
    this.#judge(record, nowMillis)
  }

  /** Nobody joined two votes of mine: are its other watchers there at all? */
  #callWatchersOf(record: MemberRecord, nowMillis: number): void {
    if (record.life !== 'alive') return
    const { constants, view } = this.#common
    const watchers = view.nearest(record, -1, constants.watchers, (other) => isAlive(other) && other !== view.own)
    this.#check(
      watchers.filter((other) => this.#wards.of(other) === undefined),
      'missing',
      nowMillis,
    )
  }

  #check(records: readonly MemberRecord[], about: 'missing' | 'accused', nowMillis: number): void {
    const fresh = records.filter((record) => this.#checks.begin(record, about, record.incarnation, nowMillis))
    this.#ping(fresh.map((record) => record.name))
  }

  #judge(record: MemberRecord, nowMillis: number): void {
    if (record.life !== 'alive') return
    const { hearing, view } = this.#common
    const isAlone = hearing.isAlone(nowMillis) && this.#votes.has(record, view.own, nowMillis)
    const votes = this.#votes.count(record, nowMillis)
    if (votes < Math.min(2, view.size - 1) && !isAlone) return
    this.#certificates.gather(lifeOf(record), nowMillis)
    this.bury(record, record.incarnation, nowMillis)
  }

  #sendCertificate(nowMillis: number): void {
    const lives = this.#certificates.take(nowMillis)
    if (lives.length === 0) return
    const { constants, outbox, view } = this.#common
    const to = [...lives.map((life) => life.name), ...view.alive]
    for (const part of cutLives(lives)) {
      outbox.send(to, { type: 'dead', ...stampOf(view.own), lives: part }, to.length * constants.paceMillis)
    }
  }

  #tellNews(record: MemberRecord, to: MemberRecord): void {
    const { outbox, view } = this.#common
    outbox.send([to.name], { type: 'news', ...stampOf(view.own), members: [reportOf(record)] })
  }

  /**
   * Its nearest live predecessors, who watch it or soon would. They may have died with it: so also some who were heard just now, and who
   * will look for themselves.
   */
  #watchersOf(record: MemberRecord, nowMillis: number): string[] {
    const { constants, view } = this.#common
    const isOther = (other: MemberRecord): boolean => isAlive(other) && other !== view.own
    const isHeard = (other: MemberRecord): boolean =>
      isOther(other) && nowMillis - other.heardMillis < constants.aloneMillis
    const nearest = view.nearest(record, -1, constants.watchers + 2, isOther)
    const heard = view.nearest(record, -1, constants.watchers, isHeard)
    return [...new Set([...nearest, ...heard])].map((other) => other.name)
  }

  #ping(names: readonly string[]): void {
    const { outbox, view } = this.#common
    outbox.send(names, { type: 'ping', ...stampOf(view.own) })
  }
}

function isAlive({ life }: MemberRecord): boolean {
  return life === 'alive'
}
