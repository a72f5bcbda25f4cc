import type { AddressRange } from '../net/range.ts'
import type { LabelSelector } from './selector.ts'

/**
 * What a component goes by: every object of its kinds, parsed and checked together.
 * Guarantees: immutable; pools sorted by name; no two ranges of any pool overlap.
 */
export interface Config {
  readonly pools: readonly Pool[]
}

export interface Pool {
  readonly name: string
  /** In the order of `spec.addresses`, which is the order in which addresses are given out. */
  readonly ranges: readonly AddressRange[]
  readonly autoAssign: boolean
  /** IPv4 addresses that end in .0 or .255 are never used. */
  readonly avoidBuggyIPs: boolean
  /** Whom the pool is for; undefined: open to every Service. */
  readonly allocation: PoolAllocation | undefined
  readonly layer2: readonly Layer2Advertisement[]
}

export interface PoolAllocation {
  /** Lower first; 0 means last. */
  readonly priority: number
  /** The names listed, and those that a namespace selector matched. */
  readonly namespaces: ReadonlySet<string>
  /** Alternatives. A section without any criterion holds the one selector that matches everything. */
  readonly serviceSelectors: readonly LabelSelector[]
}

export interface Layer2Advertisement {
  readonly name: string
  /** Names of the existing nodes that may announce; all of them where no node selector is given. */
  readonly nodes: ReadonlySet<string>
  /** Empty: every suitable interface. */
  readonly interfaces: readonly string[]
  /** Alternatives. Empty: every Service. */
  readonly serviceSelectors: readonly LabelSelector[]
  /** Score by eligible node; nodes without a score are absent. */
  readonly preferredNodes: ReadonlyMap<string, number>
}
