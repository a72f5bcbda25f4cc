import { type Layer2Refusal, layer2Refusals } from './eligibility.ts'

/** What the condition `metallb.io/Announced` can say; docs/conditions.md explains each to users. */
export const announcedReasons = {
  Announced: 'True',
  NoAddressPool: 'False',
  UnreadableAddress: 'False',
  NoMatchingAdvertisement: 'False',
  BGPNotSpoken: 'False',
  NoReadyEndpoints: 'False',
  SharedIPWithServiceSelector: 'False',
  NoNodes: 'False',
  InterfaceMissing: 'False',
  ConfigStale: 'False',
  NodeUnfit: 'False',
  NoSpeaker: 'False',
  NoLocalEndpoint: 'False',
  ExcludedByLabel: 'False',
  NetworkUnavailable: 'False',
} as const satisfies Record<string, 'True' | 'False'>

export type AnnouncedReason = keyof typeof announcedReasons

/** Why a node does not announce a Service, as far as the controller can see it. */
export type Hindrance = Exclude<Layer2Refusal, 'outranked'> | 'interfaceMissing' | 'configStale' | 'nodeUnfit'

interface HindranceRow {
  readonly reason: AnnouncedReason
  readonly text: string
  /** Of the Service, and so the same for every node. */
  readonly isOfAll?: true
}

/**
 * The nearer a node comes to announcing, the earlier in this table: where nodes differ, the first row that holds for one
 * of them is the reason, since least is missing there.
 */
export const hindrances: Readonly<Record<Hindrance, HindranceRow>> = {
  noUsableEndpoint: { reason: 'NoReadyEndpoints', text: layer2Refusals.noUsableEndpoint.text, isOfAll: true },
  sharedIPWithServiceSelector: {
    ...{ reason: 'SharedIPWithServiceSelector', text: layer2Refusals.sharedIPWithServiceSelector.text, isOfAll: true },
  },
  interfaceMissing: {
    reason: 'InterfaceMissing',
    text: 'the speaker answers on none of the interfaces that the advertisements allow',
  },
  configStale: { reason: 'ConfigStale', text: 'the speaker does not go by the newest configuration' },
  nodeUnfit: { reason: 'NodeUnfit', text: 'the speaker finds that its node cannot carry traffic' },
  inReserve: { reason: 'NoSpeaker', text: layer2Refusals.inReserve.text },
  notAlive: { reason: 'NoSpeaker', text: layer2Refusals.notAlive.text },
  noLocalEndpoint: { reason: 'NoLocalEndpoint', text: layer2Refusals.noLocalEndpoint.text },
  excludedByLabel: { reason: 'ExcludedByLabel', text: layer2Refusals.excludedByLabel.text },
  networkUnavailable: { reason: 'NetworkUnavailable', text: layer2Refusals.networkUnavailable.text },
  noMatchingAdvertisement: {
    reason: 'NoMatchingAdvertisement',
    text: layer2Refusals.noMatchingAdvertisement.text,
  },
}
