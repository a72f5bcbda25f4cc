import type { Address } from '../net/address.ts'
import type { AddressRange } from '../net/range.ts'
import type { BgpCommunity } from './community.ts'
import type { LabelSelector } from './selector.ts'

/**
 * What a component goes by: every object of its kinds, parsed and checked together.
 * Guarantees: immutable; pools and peers sorted by name; no two ranges of any pool overlap; what a peer names exists.
 */
export interface Config {
  readonly pools: readonly Pool[]
  readonly peers: readonly BgpPeer[]
  /** By name. */
  readonly bfdProfiles: ReadonlyMap<string, BfdProfile>
}

export interface Pool {
  readonly name: string
  /** In the order of `spec.addresses`, which is the order in which addresses are given out. */
  readonly ranges: readonly AddressRange[]
  /** Addresses that are never given out; they may lie outside of the ranges. */
  readonly exclude: readonly AddressRange[]
  /** No address is given out; those that are stay. */
  readonly disabled: boolean
  /** Most addresses of this pool that the Services of one namespace may have; undefined: no limit. */
  readonly quota: number | undefined
  readonly strategy: 'LowestFirst' | 'Balanced'
  /** How long an address is kept for a Service that was deleted; undefined: not at all. */
  readonly retainForMillis: number | undefined
  /** An address is asked for on the wire before it is given out. */
  readonly probeBeforeUse: boolean
  readonly autoAssign: boolean
  /** IPv4 addresses that end in .0 or .255 are never used. */
  readonly avoidBuggyIPs: boolean
  /** Whom the pool is for; undefined: open to every Service. */
  readonly allocation: PoolAllocation | undefined
  readonly layer2: readonly Layer2Advertisement[]
  /** By name; as in MetalLB, one that selects the pool by name and by label is there twice. */
  readonly bgp: readonly BgpAdvertisement[]
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
  /** undefined: nothing is said, which means Hash. */
  readonly placement: 'Hash' | 'Balanced' | undefined
}

export interface BgpAdvertisement {
  readonly name: string
  /** Names of the existing nodes that may announce; all of them where no node selector is given. */
  readonly nodes: ReadonlySet<string>
  /** Names of the peers that get the routes. Empty: all of them. */
  readonly peers: readonly string[]
  /** Alternatives. Empty: every Service. */
  readonly serviceSelectors: readonly LabelSelector[]
  /** Prefix length of the IPv4 routes. */
  readonly aggregationLength: number
  /** Prefix length of the IPv6 routes. */
  readonly aggregationLengthV6: number
  /** LOCAL_PREF towards iBGP peers; 0: not chosen here. */
  readonly localPref: number
  /** Sorted, each once. */
  readonly communities: readonly BgpCommunity[]
}

export interface BgpPeer {
  readonly name: string
  readonly myAsn: number
  /** A number, or on which side of the border between autonomous systems the peer has to be. */
  readonly peerAsn: number | 'internal' | 'external'
  /** AS number shown to this peer in place of myAsn. */
  readonly localAsn: number | undefined
  /** Either the address or the interface is given. */
  readonly address: Address | undefined
  /** The peer is found at the other end of it by its link-local address (RFC 8950). */
  readonly interface: string | undefined
  readonly port: number
  readonly sourceAddress: Address | undefined
  readonly routerId: Address | undefined
  /** undefined: the default; 0: the session has no timers (RFC 4271 s4.4). */
  readonly holdTimeSeconds: number | undefined
  /** undefined: the default; may be a fraction. */
  readonly keepaliveTimeSeconds: number | undefined
  readonly connectTimeSeconds: number | undefined
  readonly ebgpMultiHop: boolean
  /** Alternatives. A peer without any selector holds the one that matches every node. */
  readonly nodeSelectors: readonly LabelSelector[]
  /** From the object or from the Secret; undefined: none, or passed through by name. */
  readonly password: string | undefined
  /** Name of the Secret; undefined where the object holds the password itself or there is none. */
  readonly passwordSecret: string | undefined
  /** Key of {@link Config.bfdProfiles}. */
  readonly bfdProfile: string | undefined
  readonly gracefulRestart: boolean
  /** Name of the VRF interface; "": the main routing table. */
  readonly vrf: string
  /** Routes of both families over the one session. */
  readonly dualStack: boolean
  /** Deprecated, without effect. */
  readonly disableMP: boolean
}

/** What the object leaves open is undefined: the defaults are the engine's. */
export interface BfdProfile {
  readonly name: string
  readonly receiveIntervalMillis: number | undefined
  readonly transmitIntervalMillis: number | undefined
  readonly detectMultiplier: number | undefined
  readonly echoIntervalMillis: number | undefined
  readonly echoMode: boolean
  readonly passiveMode: boolean
  readonly minimumTtl: number | undefined
}
