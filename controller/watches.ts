import type { V1Namespace, V1Node, V1ObjectMeta, V1Service } from '@kubernetes/client-node'
import {
  addressProbes,
  communities,
  configurationStates,
  ipAddressPools,
  ipReservations,
  speakerStatuses,
} from '../crds/generated/resources.ts'
import type {
  AddressProbe,
  Community,
  ConfigurationState,
  IPAddressPool,
  IPReservation,
  SpeakerStatus,
} from '../crds/generated/types.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { namespaces, nodes, services } from '../kube/core.ts'
import type { Log } from '../kube/log.ts'
import { type Reflector, reflect } from '../kube/reflector.ts'
import { keepService } from './keep-service.ts'
import { keepReservation } from './reservations/keep-reservation.ts'

export const configurationStateName = 'controller'

export interface WatchOptions {
  readonly client: KubeClient
  /** Where the configuration is. */
  readonly namespace: string
  readonly log: Log
  readonly clock: Clock
}

/** All that the controller knows of the cluster. */
export interface Watches {
  readonly services: Reflector<V1Service>
  readonly pools: Reflector<IPAddressPool>
  readonly reservations: Reflector<IPReservation>
  readonly communities: Reflector<Community>
  readonly namespaces: Reflector<V1Namespace>
  readonly nodes: Reflector<V1Node>
  /** What the speakers see on their nodes. */
  readonly speakerStatuses: Reflector<SpeakerStatus>
  /** Questions to the speakers. */
  readonly probes: Reflector<AddressProbe>
  readonly ownState: Reflector<ConfigurationState>
}

export function openWatches({ client, namespace, log, clock }: WatchOptions): Watches {
  const common = { log, clock }
  const ownState = { ...common, namespace, fieldSelector: `metadata.name=${configurationStateName}` }
  return {
    services: reflect(client, services, { ...common, transform: keepService }),
    pools: reflect(client, ipAddressPools, { ...common, namespace }),
    reservations: reflect(client, ipReservations, { ...common, namespace, transform: keepReservation }),
    communities: reflect(client, communities, { ...common, namespace }),
    namespaces: reflect(client, namespaces, { ...common, transform: keepNamespace }),
    nodes: reflect(client, nodes, { ...common, transform: keepNode }),
    speakerStatuses: reflect(client, speakerStatuses, { ...common, namespace }),
    probes: reflect(client, addressProbes, { ...common, namespace }),
    ownState: reflect(client, configurationStates, ownState),
  }
}

function keepNamespace({ metadata }: V1Namespace): V1Namespace {
  return { metadata: keepLabels(metadata) }
}

function keepNode({ metadata, status }: V1Node): V1Node {
  return { metadata: keepLabels(metadata), status: { addresses: status?.addresses ?? [] } }
}

/** What selectors look at. */
function keepLabels({ name, resourceVersion, uid, labels }: V1ObjectMeta = {}): V1ObjectMeta {
  return { name: name!, resourceVersion: resourceVersion!, uid: uid!, labels: labels ?? {} }
}
