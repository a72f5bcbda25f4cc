import type { MemberRecord } from './member-record.ts'

/** All members in the order of their names' hashes; the last is followed by the first. */
export class Ring {
  #members: MemberRecord[] = []

  get length(): number {
    return this.#members.length
  }

  add(records: readonly MemberRecord[]): void {
    this.#members.push(...records)
    this.#members.sort((a, b) => a.hash - b.hash || (a.name < b.name ? -1 : 1))
    this.#number()
  }

  remove(records: ReadonlySet<MemberRecord>): void {
    this.#members = this.#members.filter((member) => !records.has(member))
    this.#number()
  }

  /** The nearest behind (1) or before (-1) that member which are wanted, nearest first, itself never. */
  nearest(
    from: MemberRecord,
    step: 1 | -1,
    atMost: number,
    isWanted: (record: MemberRecord) => boolean,
  ): MemberRecord[] {
    const found: MemberRecord[] = []
    const members = this.#members
    let at = from.position
    for (let walked = 1; walked < members.length && found.length < atMost; walked++) {
      at += step
      if (at < 0) at = members.length - 1
      else if (at === members.length) at = 0
      const member = members[at]!
      if (isWanted(member)) found.push(member)
    }
    return found
  }

  #number(): void {
    for (const [position, member] of this.#members.entries()) member.position = position
  }
}
