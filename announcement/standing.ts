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

export function isPresent(standing: Standing | undefined): boolean {
  return standing === 'serving' || standing === 'kept'
}

/** Of nodes in their order those that count: those in reserve last, as they get something only where there is no other. */
export function* inTurn(ranked: readonly string[], standings: Standings): Iterable<string> {
  for (const node of ranked) if (isPresent(standings.get(node))) yield node
  for (const node of ranked) if (standings.get(node) === 'reserve') yield node
}

/** An order up to the first node that serves: who comes after it concerns nobody yet. */
export function headOf(order: Iterable<string>, standings: Standings): string {
  const head: string[] = []
  for (const node of order) {
    head.push(node)
    if (standings.get(node) === 'serving') break
  }
  return head.join()
}
