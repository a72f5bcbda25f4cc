/** How patient ownership is. */
export interface Pace {
  /** So often an address, or an absent node, is asked for before nobody is there. */
  readonly probes: number
  /** Between two probes, and after the last one. */
  readonly probeMillis: number
  /** A timer that fires later than this has slept with answers unread: it asks once more. */
  readonly lateMillis: number
  readonly mostExtraProbes: number
  /** A node that is kept, and an address that somebody answers for, are asked again after this. */
  readonly askAgainMillis: number
  /** Who goes on answering for an address is asked less and less often, up to this. */
  readonly askAgainAtMostMillis: number
  /** Who cannot be heard otherwise and has answered before is asked for that long. As patient as a vote and a fence. */
  readonly holderMillis: number
  /** So long a node keeps its addresses while its speaker is away. */
  readonly standInMillis: number
  /** So long the old owner waits for the new one's announcement. */
  readonly handoverMillis: number
  /** A winner repeats its announcement at most this often, for each address. */
  readonly duelMillis: number
  /** RFC 5227 s2.4, DEFEND_INTERVAL */
  readonly defendMillis: number
}

export const defaultPace: Pace = Object.freeze({
  probes: 3,
  probeMillis: 40,
  lateMillis: 10,
  mostExtraProbes: 6,
  askAgainMillis: 100,
  askAgainAtMostMillis: 800,
  holderMillis: 520,
  standInMillis: 30_000,
  handoverMillis: 500,
  duelMillis: 50,
  defendMillis: 10_000,
})
