import type { V1Node, V1Pod } from '@kubernetes/client-node'
import type { Standings } from '../announcement/standing.ts'
import type { Store } from '../kube/store.ts'
import type { MemberListView } from './member-metrics.ts'
import type { Phase } from './membership/member.ts'
import type { Company } from './ownership/company.ts'

/** The other speakers, with which this one shares addresses: by its member list, or by what the API server says. */
export interface Fellows {
  readonly company: Company
  /** Who counts in elections. */
  readonly standings: Standings
  /** What the others take this node for. */
  readonly phase: Phase
  /** Itself included; undefined: nobody counts them. */
  readonly counts: { readonly seen: number; readonly serving: number } | undefined
  /** Nodes whose speakers are ready and have not been heard for minutes, when asked again and again. */
  lostContact(): readonly string[]
  /** Undefined: there is none. */
  readonly memberList: MemberListView | undefined
  /** Resolves when this node is no longer `starting`. */
  readonly hasStarted: Promise<void>
  /** Called after each change of `standings`; after `follow`. */
  subscribe(listener: () => void): void
  /** Said once, before `follow`. */
  connect(hooks: FellowsHooks): void
  /** Assumption: the stores have seen everything once. */
  follow(stores: FellowsStores): void
  /** Everything that is to be announced has been elected once. */
  settled(): void
  setFit(isFit: boolean): void
  /** By what another speaker has told the API server. */
  setMacs(node: string, macs: readonly string[]): void
  /** Another configuration is in force. */
  setConfiguration(generation: number): void
  /** Of this node. */
  interfacesChanged(): void
  /** Whether the node hears what it would answer. */
  setHearing(can: boolean): void
  /** Tells the others that this node stops. Resolves when they have been told. */
  leave(): Promise<void>
  close(): void
}

export interface FellowsStores {
  readonly nodes: Store<V1Node>
  readonly speakerPods: Store<V1Pod>
}

export interface FellowsHooks {
  /** Addresses are to be brought in line with what the company can do. */
  conform(): void
  probeOwn(most: number): void
  announceAgain(): void
  /** Calls back when nothing waits to be elected. */
  whenElected(run: () => void): void
  /** What is told of this speaker may be another. */
  changed(): void
  /** Who has a speaker is not known well enough: its hardware addresses are wanted. */
  macsWanted(): void
}
