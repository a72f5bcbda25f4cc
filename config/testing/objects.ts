import type { V1LabelSelector, V1Namespace, V1Node, V1Secret } from '@kubernetes/client-node'
import type {
  BFDProfile,
  BGPAdvertisement,
  BGPPeer,
  Community,
  IPAddressPool,
  L2Advertisement,
} from '../../crds/generated/types.ts'

/** Configuration objects in one line each, for tests. */

type Labels = Record<string, string>

export const pool = (name: string, addresses: string[], spec: object = {}, labels: Labels = {}) =>
  ({ metadata: { name, labels }, spec: { addresses, ...spec } }) as IPAddressPool
export const layer2 = (name: string, spec: object = {}) => ({ metadata: { name }, spec }) as L2Advertisement
export const bgp = (name: string, spec: object = {}) => ({ metadata: { name }, spec }) as BGPAdvertisement
/** A peer that is right by itself, with what is said otherwise; undefined takes a field away. */
export const peer = (name: string, spec: object = {}) =>
  ({ metadata: { name }, spec: { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', ...spec } }) as BGPPeer
export const bfd = (name: string, spec: object = {}) => ({ metadata: { name }, spec }) as BFDProfile
export const community = (name: string, aliases: Labels) =>
  ({
    metadata: { name },
    spec: { communities: Object.entries(aliases).map(([alias, value]) => ({ name: alias, value })) },
  }) as Community
export const node = (name: string, labels: Labels = {}): V1Node => ({ metadata: { name, labels } })
export const namespace = (name: string, labels: Labels = {}): V1Namespace => ({ metadata: { name, labels } })
export const secret = (name: string, data: Labels, type = 'kubernetes.io/basic-auth'): V1Secret => ({
  metadata: { name },
  type,
  data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
})

export const label = (key: string, value: string): V1LabelSelector => ({ matchLabels: { [key]: value } })
export const expression = (operator: string, values?: string[], key = 'k') => ({
  matchExpressions: [{ key, operator, ...(values && { values }) }],
})
