import { isDeepStrictEqual } from 'node:util'
import type { V1Pod } from '@kubernetes/client-node'
import { formatGeneration } from '../config/generation.ts'
import { speakerStatuses } from '../crds/generated/resources.ts'
import type { SpeakerProblem, SpeakerStatus, SpeakerStatusStatus } from '../crds/generated/types.ts'
import { keepApplied } from '../kube/applied-object.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { StopOptions } from '../kube/controller.ts'
import { given } from '../kube/given.ts'
import type { Log } from '../kube/log.ts'
import type { Store } from '../kube/store.ts'
import { formatAddress } from '../net/address.ts'
import { formatPrefix } from '../net/prefix.ts'
import { ownedBy } from './l2-status.ts'
import type { Surroundings } from './surroundings.ts'

type Phase = NonNullable<SpeakerStatusStatus['phase']>

/** What a speaker tells of itself and its node; what it does not know yet is undefined. */
export interface SpeakerFacts {
  readonly surroundings: Surroundings
  readonly phase: Lowercase<Phase>
  /** The generation of the configuration in force. */
  readonly generation: number | undefined
  /** Itself included. */
  readonly members: { readonly seen: number; readonly serving: number } | undefined
  readonly addresses: { readonly ipv4: number; readonly ipv6: number; readonly standingIn: number } | undefined
  /** Names of those that answer. */
  readonly interfaces: readonly string[]
  readonly problems: readonly SpeakerProblem[]
}

export interface SpeakerStatusOptions {
  readonly client: Pick<KubeClient, 'apply'>
  readonly namespace: string
  readonly node: string
  readonly version: string
  /** Owns the object; undefined outside a pod. */
  readonly pod: () => V1Pod | undefined
  readonly store: Store<SpeakerStatus>
  /** Asked when there may be something to write. Undefined: too little is known, and what is there stays. */
  readonly facts: () => SpeakerFacts | undefined
  readonly log: Log
  readonly clock: Clock
}

export interface SpeakerStatusWriter {
  /** Some fact may be another; may be called at any rate. */
  changed(): void
  stop(options?: StopOptions): Promise<void>
}

/** As many of each as the schema lets through. */
const most = { routers: 64, networks: 64, interfaces: 64, problems: 16, messageLength: 1024 } as const

const phases = {
  starting: 'Starting',
  serving: 'Serving',
  leaving: 'Leaving',
  returning: 'Returning',
  unfit: 'Unfit',
} as const satisfies Record<Lowercase<Phase>, Phase>

/** Keeps the SpeakerStatus of the node's name, with at most one write a second. */
export function writeSpeakerStatus(options: SpeakerStatusOptions): SpeakerStatusWriter {
  const { namespace, node, pod, version, facts } = options
  const object = keepApplied<SpeakerStatus>({
    ...options,
    resource: speakerStatuses,
    key: `${namespace}/${node}`,
    fieldManager: 'metallb-speaker',
    isSame: (stored, wanted) => isDeepStrictEqual(essence(stored), essence(wanted)),
    leastMillis: 1000,
  })
  const build = (): SpeakerStatus | undefined => {
    const known = facts()
    return (
      known && {
        apiVersion: 'metallb.io/v1alpha1',
        kind: 'SpeakerStatus',
        metadata: { namespace, name: node, ownerReferences: ownedBy(pod()) },
        status: { version, ...told(known) },
      }
    )
  }
  return { changed: () => object.want(build), stop: object.stop }
}

function told({ surroundings, phase, generation, members, addresses, interfaces, problems }: SpeakerFacts) {
  const { gateways, networks, macs } = surroundings
  return {
    phase: phases[phase],
    ...given({ configGeneration: generation === undefined ? undefined : formatGeneration(generation) }),
    ...given({ members: members && { ...members }, addresses: addresses && { ...addresses } }), // live views, perhaps
    interfaces: [...interfaces].sort().slice(0, most.interfaces),
    problems: problems
      .slice(0, most.problems)
      .map(({ message, ...problem }) => ({ ...problem, message: message.slice(0, most.messageLength) })),
    defaultGateways: gateways.slice(0, most.routers).map(formatAddress),
    networks: networks
      .slice(0, most.networks)
      .map(({ prefix, link }) => ({ interface: link.name, prefix: formatPrefix(prefix) })),
    hardwareAddresses: macs.slice(0, most.networks),
  } satisfies SpeakerStatusStatus
}

function essence({ metadata, status }: SpeakerStatus): unknown {
  return [metadata?.ownerReferences?.[0]?.uid, status]
}
