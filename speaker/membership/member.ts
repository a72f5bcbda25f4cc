import type { Address } from '../../net/address.ts'

/** What a speaker says of itself; the numbers are those on the wire. */
export const phases = {
  /** Its caches or its view are not complete: no candidate yet. */
  starting: 0,
  serving: 1,
  /** It stops, and may be back: a stand-in keeps its addresses. */
  leaving: 2,
  /** Back from an absence: gets addresses only where nobody else can have them. */
  returning: 3,
  /** Alive, but must not carry traffic: hands over at once. */
  unfit: 4,
} as const

export type Phase = keyof typeof phases

/** How a member's node is reached on one of its links. */
export interface MemberLink {
  readonly mac: string
  readonly ipv4?: Address
  /** The link-local one. */
  readonly ipv6?: Address
}

/** Of one speaker; more are not told. */
export const maxLinks = 8

/**
 * What is believed of another speaker. The objects are the machine's own and change with its next step.
 * `absent`: listed, and never heard of. Who left properly is `dead` in phase `leaving`.
 */
export interface Member {
  readonly name: string
  readonly life: 'absent' | 'alive' | 'dead'
  readonly phase: Phase
  /** Of its facts: the wall clock in ms at its start, and one more with each change of what it says of itself. */
  readonly incarnation: number
  /** Kept after death. */
  /** The first is the one over which its speaker speaks, if that is known. */
  readonly links: readonly MemberLink[]
  /** 32 bits of digest of the configuration in force there; only neighbours on the ring hear of a change at once. */
  readonly configuration: number
  /** Since when it has this life and phase. */
  readonly sinceMillis: number
}

/** Of a node: a DNS subdomain. */
export const longestName = 253

/** Printable ASCII, without a space. */
export function isMemberName(name: string): boolean {
  return name.length <= longestName && /^[!-~]+$/.test(name)
}
