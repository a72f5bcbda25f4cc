import type { Claim } from '../layer2/claim.ts'
import type { Outlook } from './duty.ts'

/** The nodes among which addresses are shared, this one and the others, and how what is known of them becomes known. */
export interface Company {
  /** Another object after each change of what some node can do. */
  readonly outlook: Outlook
  /** When to call `due`; Infinity: never. */
  readonly dueMillis: number
  due(nowMillis: number): void
  /** This node depends on whether that one is there. */
  need(node: string, nowMillis: number): void
  /** True when the claim is about nobody's Service, but a node's own address. */
  heard(claim: Claim, nowMillis: number): boolean
  /** A speaker answers for an address that might be this node's. */
  heardHolder(): void
  /** The MAC of a node on the link of that interface of ours. */
  macOf(node: string, interfaceName: string): Uint8Array | undefined
  /** Whether another speaker yields to this one, or the other way round, without being asked twice. */
  relationTo(node: string, mac: string): Relation
  /** The node with that MAC, if it is known to have a speaker. */
  nodeOf(mac: string): string | undefined
  /** Every address is now as the outlook wants it. */
  conformed(): void
}

/**
 * `isHeard`: it speaks to this node. `isOut`: by its own word it keeps no address. `isAside`: it does not, and what is seen
 * of it is on another network than that where it should.
 */
export interface Relation {
  readonly isHeard: boolean
  readonly isOut: boolean
  readonly isAside: boolean
}
