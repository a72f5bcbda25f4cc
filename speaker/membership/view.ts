import type { Member, Phase } from './member.ts'
import { digestOf, factsOf, MemberRecord } from './member-record.ts'
import type { Facts } from './message.ts'
import { Ring } from './ring.ts'

/** More names than that are not learnt: without a secret anybody on the network can say some. */
const maxMembers = 16_384

/**
 * Who is there and in which state, as this node believes: the members on their ring, the digest of it all, and lists for sending.
 * Every change of a member's life, phase or incarnation passes through `#set`.
 */
export class View {
  /** The own place. */
  readonly own: MemberRecord
  /** XOR over the members: two views that hold the same have the same. */
  digest = 0
  digestSinceMillis = Number.NEGATIVE_INFINITY
  /** Grows whenever somebody's life changes or the ring does: neighbours are to be chosen anew. */
  version = 0
  /** When somebody came back last while more were believed dead than alive. */
  outnumberedMillis = Number.NEGATIVE_INFINITY
  readonly #onChange: (name: string) => void
  readonly #records = new Map<string, MemberRecord>()
  readonly #ring = new Ring()
  #namesVersion = -1
  #alive: string[] = []
  #everybody: string[] = []

  constructor(name: string, incarnation: number, onChange: (name: string) => void) {
    this.#onChange = onChange
    this.own = new MemberRecord(name)
    Object.assign(this.own, { isListed: true, life: 'alive', incarnation, factsIncarnation: incarnation })
    this.digest = digestOf(this.own)
    this.#ring.add([this.own])
  }

  find(name: string): MemberRecord | undefined {
    return this.#records.get(name)
  }

  /** Finds it or takes it in. Undefined when the view is full, and for the own name. */
  learn(name: string): MemberRecord | undefined {
    const known = this.#records.get(name)
    if (known !== undefined) return known
    if (name === this.own.name || this.#records.size >= maxMembers) return undefined
    const record = new MemberRecord(name)
    this.#add([record])
    return record
  }

  others(): Iterable<MemberRecord> {
    return this.#records.values()
  }

  /** How many have a place on the ring, the own node among them. */
  get size(): number {
    return this.everybody.length + 1
  }

  /** Believed alive, in the order of the ring from here on, so that those who send at once do not begin with the same one. */
  get alive(): readonly string[] {
    this.#refreshNames()
    return this.#alive
  }

  /** Listed or alive, the dead too. */
  get everybody(): readonly string[] {
    this.#refreshNames()
    return this.#everybody
  }

  /** More are believed dead than alive, the own node among them. */
  get isOutnumbered(): boolean {
    let more = 1
    for (const { life, isListed } of this.#records.values()) {
      if (life === 'alive') more++
      else if (life === 'dead' && isListed) more--
    }
    return more < 0
  }

  nearest(from: MemberRecord, step: 1 | -1, atMost: number, isWanted = isAlive): MemberRecord[] {
    return this.#ring.nearest(from, step, atMost, isWanted)
  }

  /** Takes over whom the API names. The dead among those it no longer names are forgotten after a while. */
  list(names: ReadonlySet<string>, nowMillis: number, forgetMillis: number): void {
    for (const record of this.#records.values()) this.#setListed(record, names.has(record.name), nowMillis)
    this.#forget((record) => record.life === 'absent' || nowMillis - record.sinceMillis >= forgetMillis)
    const fresh = [...names].filter((name) => name !== this.own.name && !this.#records.has(name))
    this.#add(fresh.map((name) => Object.assign(new MemberRecord(name), { isListed: true })))
  }

  /** It lives, in this phase: from its own mouth, or as another has it from there. */
  revive(record: MemberRecord, incarnation: number, phase: Phase, nowMillis: number): void {
    this.#set(record, phase === 'leaving' ? 'dead' : 'alive', phase, incarnation, nowMillis)
  }

  bury(record: MemberRecord, incarnation: number, nowMillis: number): void {
    this.#set(record, 'dead', record.phase, incarnation, nowMillis)
  }

  /** What the own node says of itself is new. */
  renew(incarnation: number, phase: Phase, nowMillis: number): void {
    this.#set(this.own, 'alive', phase, incarnation, nowMillis)
    this.own.factsIncarnation = incarnation
  }

  adopt(record: MemberRecord, incarnation: number, facts: Facts): void {
    const isMoved = record.links !== facts.links
    Object.assign(record, factsOf(facts))
    record.factsIncarnation = incarnation
    if (isMoved) this.#onChange(record.name)
  }

  #set(record: MemberRecord, life: Member['life'], phase: Phase, incarnation: number, nowMillis: number): void {
    const isChanged = record.life !== life || record.phase !== phase
    if (record.life === 'dead' && life === 'alive' && this.isOutnumbered) this.outnumberedMillis = nowMillis
    if (record.life !== life) this.version++
    this.#redigest(record, nowMillis, () => {
      record.life = life
      record.phase = phase
      record.incarnation = incarnation
    })
    if (!isChanged) return
    record.sinceMillis = nowMillis
    this.#onChange(record.name)
  }

  #setListed(record: MemberRecord, isListed: boolean, nowMillis: number): void {
    if (record.isListed === isListed) return
    this.#redigest(record, nowMillis, () => {
      record.isListed = isListed
    })
    if (!record.isCounted) record.sinceMillis = nowMillis
    this.version++
  }

  #redigest(record: MemberRecord, nowMillis: number, change: () => void): void {
    const before = digestOf(record)
    change()
    const after = digestOf(record)
    if (before === after) return
    this.digest = (this.digest ^ before ^ after) >>> 0
    this.digestSinceMillis = nowMillis
  }

  #add(records: MemberRecord[]): void {
    if (records.length === 0) return
    for (const record of records) this.#records.set(record.name, record)
    this.#ring.add(records)
    this.version++
  }

  #forget(isOld: (record: MemberRecord) => boolean): void {
    const gone = new Set(this.#records.values().filter((record) => !record.isCounted && isOld(record)))
    if (gone.size === 0) return
    for (const { name, life } of gone) {
      this.#records.delete(name)
      if (life !== 'absent') this.#onChange(name)
    }
    this.#ring.remove(gone)
    this.version++
  }

  #refreshNames(): void {
    if (this.#namesVersion === this.version) return
    this.#namesVersion = this.version
    const counted = this.#ring.nearest(this.own, 1, this.#ring.length, (record) => record.isCounted)
    this.#everybody = counted.map((record) => record.name)
    this.#alive = counted.filter(isAlive).map((record) => record.name)
  }
}

function isAlive(record: MemberRecord): boolean {
  return record.life === 'alive'
}
