import { isDeepStrictEqual } from 'node:util'
import type { V1Pod } from '@kubernetes/client-node'
import { speakerStatuses } from '../crds/generated/resources.ts'
import type { SpeakerStatus } from '../crds/generated/types.ts'
import { keepApplied } from '../kube/applied-object.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../kube/log.ts'
import type { Store } from '../kube/store.ts'
import { formatAddress } from '../net/address.ts'
import { formatPrefix } from '../net/prefix.ts'
import { ownedBy } from './l2-status.ts'
import type { Surroundings } from './surroundings.ts'

export interface SpeakerStatusOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly node: string
  readonly version: string
  /** Owns the object; undefined outside a pod. */
  readonly pod: () => V1Pod | undefined
  readonly store: Store<SpeakerStatus>
  readonly log: Log
  readonly clock: Clock
}

export interface SpeakerStatusWriter {
  /** Assumption: at most once a second, so that no more is written. */
  set(surroundings: Surroundings): void
  stop(): Promise<void>
}

/** As many of each as the schema lets through. */
const mostListed = 64

/** Tells in the SpeakerStatus of the node's name what the node sees around it. */
export function writeSpeakerStatus(options: SpeakerStatusOptions): SpeakerStatusWriter {
  const { namespace, node, pod, version } = options
  const object = keepApplied<SpeakerStatus>({
    ...options,
    resource: speakerStatuses,
    key: `${namespace}/${node}`,
    fieldManager: 'metallb-speaker',
    isSame: (stored, wanted) => isDeepStrictEqual(essence(stored), essence(wanted)),
  })
  return {
    set: (surroundings) =>
      object.want(() => ({
        apiVersion: 'metallb.io/v1alpha1',
        kind: 'SpeakerStatus',
        metadata: { namespace, name: node, ownerReferences: ownedBy(pod()) },
        status: { version, ...told(surroundings) },
      })),
    stop: object.stop,
  }
}

function told({ gateways, networks, macs }: Surroundings): SpeakerStatus['status'] {
  return {
    defaultGateways: gateways.slice(0, mostListed).map(formatAddress),
    networks: networks
      .slice(0, mostListed)
      .map(({ prefix, link }) => ({ interface: link.name, prefix: formatPrefix(prefix) })),
    hardwareAddresses: macs.slice(0, mostListed),
  }
}

function essence({ metadata, status }: SpeakerStatus): unknown {
  return [metadata?.ownerReferences?.[0]?.uid, status]
}
