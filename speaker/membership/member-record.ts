import type { Member, MemberLink, Phase } from './member.ts'
import type { Facts, Life, MemberReport } from './message.ts'

const none: readonly MemberLink[] = Object.freeze([])

/** One place on the ring: what is known of a member, the own node among them. Only the View changes life, phase and incarnation. */
export class MemberRecord implements Member {
  readonly name: string
  /** Decides the place on the ring, and stands for the name in digests. */
  readonly hash: number
  /** Kept by the Ring. */
  position = 0
  isListed = false
  life: Member['life'] = 'absent'
  phase: Phase = 'starting'
  incarnation = 0
  links = none
  configuration = 0
  sinceMillis = Number.NEGATIVE_INFINITY
  /** The last message of its own. */
  heardMillis = Number.NEGATIVE_INFINITY
  /** The incarnation that links and configuration belong to; smaller while only a heartbeat told of the newer one. */
  factsIncarnation = 0

  constructor(name: string) {
    this.name = name
    this.hash = hashOf(name)
  }

  /** Takes a place on the ring in everybody's eyes: those whom only an old rumour knows do not. */
  get isCounted(): boolean {
    return this.isListed || this.life === 'alive'
  }
}

/** FNV-1a with a final mix, so that node names that differ in one digit spread over the ring. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return mix(hash)
}

/** What this member adds to the digest of a view: nothing for those that nobody could elect or stand in for. */
export function digestOf(record: MemberRecord): number {
  const { life, incarnation, hash } = record
  if (life === 'absent' || !record.isCounted) return 0
  const high = Math.floor(incarnation / 0x1_0000_0000)
  return mix(hash ^ mix((incarnation | 0) ^ mix(high + (life === 'alive' ? 1 : 2) * 0x9e3779b9)))
}

export function lifeOf({ name, incarnation }: MemberRecord): Life {
  return { name, incarnation }
}

/** Of the living it passes on only what they have told in full. */
export function reportOf(record: MemberRecord): MemberReport {
  const { name, life, phase, links, configuration } = record
  const isAlive = life === 'alive'
  return {
    name,
    phase,
    links,
    configuration,
    isAlive,
    incarnation: isAlive ? record.factsIncarnation : record.incarnation,
  }
}

export function factsOf({ links, configuration }: Facts): Facts {
  return { links, configuration }
}

/** The finaliser of MurmurHash3. */
function mix(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
