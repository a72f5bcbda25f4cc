/**
 * What the speakers know of a node that counts; a node without a standing is not alive.
 * - serving: its speaker answers.
 * - kept: its speaker is away for a moment while its kernel still forwards: it keeps its addresses.
 * - reserve: back from an absence: gets addresses only where no other candidate is.
 */
export type Standing = 'serving' | 'kept' | 'reserve'

export type Standings = ReadonlyMap<string, Standing>

/** For those who know only who is alive. */
export function allServing(nodes: Iterable<string>): Standings {
  return new Map(Array.from(nodes, (node) => [node, 'serving']))
}
