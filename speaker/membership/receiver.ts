import { type Common, stampOf } from './common.ts'
import type { Exchange } from './exchange.ts'
import { type Weight, weigh } from './hearsay.ts'
import { factsOf, lifeOf, type MemberRecord } from './member-record.ts'
import type { Facts, Life, MemberReport, Message, Stamp } from './message.ts'
import type { OwnWord } from './own-word.ts'
import type { Start } from './start.ts'
import type { Watcher } from './watcher.ts'

/** Understands what the others say: first what it proves of its sender, then what it says. */
export class Receiver {
  readonly #common: Common
  readonly #ownWord: OwnWord
  readonly #watcher: Watcher
  readonly #exchange: Exchange
  /** Whom it has told lately that it is believed dead. */
  readonly #toldMillis = new WeakMap<MemberRecord, number>()

  constructor(common: Common, ownWord: OwnWord, watcher: Watcher, exchange: Exchange) {
    this.#common = common
    this.#ownWord = ownWord
    this.#watcher = watcher
    this.#exchange = exchange
  }

  receive(from: string, message: Message, start: Start | undefined, nowMillis: number): void {
    const sender = this.#common.view.learn(from)
    if (sender === undefined) return
    if (!this.#accepts(sender, message, nowMillis)) {
      this.#hearOfOwnDeath(sender, message, nowMillis)
      return
    }
    switch (message.type) {
      case 'heartbeat':
        sender.configuration = message.configuration
        this.#complete(sender, nowMillis)
        if (start === undefined) this.#exchange.compare(sender, message.digest, nowMillis)
        break
      case 'ping':
        this.#answer(sender)
        break
      case 'ack':
      case 'alive':
        this.#adopt(sender, message.incarnation, message)
        break
      case 'suspect':
        this.#hearVote(sender, message.accused, nowMillis)
        break
      case 'dead':
        for (const life of message.lives) this.#hearDeath(sender, life, nowMillis)
        break
      case 'sync':
        start?.hear(from, message.phase === 'starting', message.part, message.parts, nowMillis)
        for (const report of message.members) this.#weigh(sender, report, nowMillis)
        if (message.isQuestion && message.part === 0) this.#exchange.tell(sender, false)
        break
      case 'news':
        for (const report of message.members) this.#weigh(sender, report, nowMillis)
        break
      case 'join':
        this.#adopt(sender, message.incarnation, message)
        if (message.isQuestion) this.#exchange.tell(sender, false)
        break
      case 'leave': // its phase has said it
        break
      case 'crashed':
        this.#hearCrash(message.accused, nowMillis)
        break
      default:
        message satisfies never
    }
  }

  /** Whether its words count. Whoever is believed dead, or speaks from an earlier life, must first hear of that. */
  #accepts(sender: MemberRecord, { incarnation, phase }: Stamp, nowMillis: number): boolean {
    const isNewer = incarnation > sender.incarnation
    if (sender.life === 'dead' && !isNewer) {
      if (phase !== 'leaving') this.#tell(sender, 'dead', nowMillis)
      return false
    }
    if (incarnation < sender.incarnation) {
      const isReordered = nowMillis - sender.heardMillis < this.#common.constants.quietMillis
      if (!isReordered) this.#tell(sender, 'suspect', nowMillis)
      return false
    }
    if (isNewer || sender.life === 'absent') this.#watcher.revive(sender, incarnation, phase, nowMillis)
    else if (phase !== sender.phase) this.#common.view.revive(sender, incarnation, phase, nowMillis)
    sender.heardMillis = nowMillis
    return true
  }

  /** After a partition each side believes the other dead: somebody has to listen first. */
  #hearOfOwnDeath(sender: MemberRecord, message: Message, nowMillis: number): void {
    if (message.type !== 'dead') return
    const { name } = this.#common.view.own
    for (const life of message.lives) if (life.name === name) this.#hearDeath(sender, life, nowMillis)
  }

  #adopt(sender: MemberRecord, incarnation: number, facts: Facts): void {
    if (sender.factsIncarnation < incarnation) this.#common.view.adopt(sender, incarnation, facts)
    sender.configuration = facts.configuration
  }

  /** A heartbeat told of a new incarnation: the answer to a ping has the facts. */
  #complete(sender: MemberRecord, nowMillis: number): void {
    if (sender.factsIncarnation === sender.incarnation || !this.#isTimeTo(sender, nowMillis)) return
    this.#send(sender, { type: 'ping', ...this.#stamp })
  }

  #answer(sender: MemberRecord): void {
    this.#send(sender, { type: 'ack', ...this.#stamp, ...factsOf(this.#common.view.own) })
  }

  #hearVote(voter: MemberRecord, { name, incarnation }: Life, nowMillis: number): void {
    const { view } = this.#common
    const accused = view.find(name)
    if (accused !== undefined) this.#watcher.hearVote(accused, incarnation, voter, nowMillis)
    else if (name === view.own.name) this.#ownWord.refute(voter.name, incarnation, false, nowMillis)
  }

  #hearDeath(sender: MemberRecord, { name, incarnation }: Life, nowMillis: number): void {
    const { view } = this.#common
    const dead = view.find(name)
    if (dead !== undefined) this.#watcher.hearCertificate(dead, incarnation, nowMillis)
    else if (name === view.own.name) this.#ownWord.refute(sender.name, incarnation, true, nowMillis)
  }

  #hearCrash(accused: Life, nowMillis: number): void {
    const record = this.#common.view.find(accused.name)
    if (record !== undefined && accused.incarnation >= record.incarnation) this.#watcher.hearCrash(record, nowMillis)
  }

  #weigh(sender: MemberRecord, report: MemberReport, nowMillis: number): void {
    const { view } = this.#common
    if (report.name === view.own.name) {
      this.#hearOfOwn(sender, report, nowMillis)
      return
    }
    const known = view.find(report.name)
    const weight = weigh(known, report)
    const record = known ?? (weight === 'believe' ? view.learn(report.name) : undefined)
    if (record !== undefined) this.#follow(weight, record, report, nowMillis)
  }

  #follow(weight: Weight, record: MemberRecord, report: MemberReport, nowMillis: number): void {
    const { view } = this.#common
    const { incarnation, phase } = report
    switch (weight) {
      case 'believe':
      case 'complete':
        this.#watcher.revive(record, incarnation, phase, nowMillis)
        view.adopt(record, incarnation, report)
        break
      case 'bury':
        view.bury(record, incarnation, nowMillis)
        view.adopt(record, incarnation, report)
        break
      case 'check':
        this.#watcher.hearRumour(record, incarnation, nowMillis)
        break
      case 'ask':
        this.#send(record, { type: 'ping', ...this.#stamp })
        break
      case 'ignore':
        break
      default:
        weight satisfies never
    }
  }

  /** Dead in another's list, or with an incarnation of an earlier life in which the clock was ahead. */
  #hearOfOwn(sender: MemberRecord, report: MemberReport, nowMillis: number): void {
    const { incarnation } = this.#common.view.own
    if (report.isAlive ? report.incarnation <= incarnation : report.incarnation < incarnation) return
    this.#ownWord.refute(sender.name, report.incarnation, !report.isAlive, nowMillis)
  }

  #tell(sender: MemberRecord, as: 'dead' | 'suspect', nowMillis: number): void {
    if (!this.#isTimeTo(sender, nowMillis)) return
    const life = lifeOf(sender)
    if (as === 'dead') this.#send(sender, { type: 'dead', ...this.#stamp, lives: [life] })
    else this.#send(sender, { type: 'suspect', ...this.#stamp, accused: life })
  }

  #isTimeTo(record: MemberRecord, nowMillis: number): boolean {
    const toldMillis = this.#toldMillis.get(record) ?? Number.NEGATIVE_INFINITY
    if (nowMillis - toldMillis < this.#common.constants.tellMillis) return false
    this.#toldMillis.set(record, nowMillis)
    return true
  }

  #send(to: MemberRecord, message: Message): void {
    this.#common.outbox.send([to.name], message)
  }

  get #stamp(): Stamp {
    return stampOf(this.#common.view.own)
  }
}
