import { bgp, community, label, node, pool } from './objects.ts'
import type { Refusal } from './refusal.ts'

const having = (spec: object) => ({ bgpAdvertisements: [bgp('a', spec)] })
const pools = [pool('p', ['198.51.100.0/26'])]
const nodes = [node('n1', { zone: 'a' }), node('n2', { zone: 'b' })]
const preferring = (first: object, second: object) => ({
  pools,
  nodes,
  bgpAdvertisements: [bgp('a1', { localPref: 100, ...first }), bgp('a2', { localPref: 200, ...second })],
})
const at = (field: string) => `BGPAdvertisement a spec.${field}`
const preference = 'BGPAdvertisement a2 spec.localPref'

export const bgpAdvertisementRefusals: readonly Refusal[] = [
  ['33 bits of IPv4', 'aggregation-length-invalid', at('aggregationLength'), having({ aggregationLength: 33 })],
  ['129 bits of IPv6', 'aggregation-length-invalid', at('aggregationLengthV6'), having({ aggregationLengthV6: 129 })],
  [
    'a route wider than the pool',
    'aggregation-shorter-than-pool',
    at('aggregationLength'),
    { ...having({ aggregationLength: 25 }), pools },
  ],
  [
    'a route wider than a range',
    'aggregation-shorter-than-pool',
    at('aggregationLength'),
    { ...having({ aggregationLength: 29 }), pools: [pool('p', ['192.0.2.1-192.0.2.6'])] },
  ],
  [
    'an IPv6 route wider than one entry of the pool',
    'aggregation-shorter-than-pool',
    at('aggregationLengthV6'),
    { ...having({ aggregationLengthV6: 64 }), pools: [pool('p', ['2001:db8::/64', '2001:db8:1::/65'])] },
  ],
  [
    'joined routes of single Services',
    'selectors-with-aggregation',
    at('aggregationLength'),
    having({ aggregationLength: 24, serviceSelectors: [label('a', '1')] }),
  ],
  [
    'joined IPv6 routes of single Services',
    'selectors-with-aggregation',
    at('aggregationLengthV6'),
    having({ aggregationLengthV6: 64, serviceSelectors: [label('a', '1')] }),
  ],
  ['a negative preference', 'bad-local-pref', at('localPref'), having({ localPref: -1 })],
  ['two preferences for one route', 'local-pref-conflict', preference, preferring({}, {})],
  ['all peers and one of them', 'local-pref-conflict', preference, preferring({}, { peers: ['r2'] })],
  [
    'two preferences where two nodes of several are the same',
    'local-pref-conflict',
    preference,
    preferring({ nodeSelectors: [label('zone', 'b')] }, {}),
  ],
  [
    'two preferences for IPv6 routes of one length',
    'local-pref-conflict',
    preference,
    { ...preferring({}, { aggregationLength: 26 }), pools: [pool('p', ['198.51.100.0/26', '2001:db8::/64'])] },
  ],
  ['a peer named twice', 'duplicate-peer-reference', at('peers[1]'), having({ peers: ['r', 'r'] })],
  ['a pool named twice', 'duplicate-pool-reference', at('ipAddressPools[1]'), having({ ipAddressPools: ['p', 'p'] })],
  [
    'a community listed twice',
    'duplicate-community-reference',
    at('communities[1]'),
    having({ communities: ['1:1', '1:1'] }),
  ],
  [
    'two equal advertisements',
    'duplicate-name',
    'BGPAdvertisement a metadata.name',
    { bgpAdvertisements: [bgp('a'), bgp('a')] },
  ],
  ['a name that nobody defines', 'community-unknown-alias', at('communities[0]'), having({ communities: ['gold'] })],
  ['three parts', 'community-unknown-alias', at('communities[0]'), having({ communities: ['1:2:3'] })],
  ['four parts without large', 'community-format', at('communities[0]'), having({ communities: ['huge:1:2:3'] })],
  ['an AS above 65535', 'community-value', at('communities[0]'), having({ communities: ['70000:1'] })],
  ['a part of nothing', 'community-value', at('communities[0]'), having({ communities: ['1:'] })],
  [
    '33 bits in a large one',
    'community-value',
    at('communities[0]'),
    having({ communities: ['large:4294967296:2:3'] }),
  ],
  [
    'a name that stands for a name',
    'community-format',
    'Community c spec.communities[1].value',
    { communities: [community('c', { gold: '1:1', silver: 'gold' })] },
  ],
  [
    'a name defined in two objects',
    'community-duplicate',
    'Community c2 spec.communities[0].name',
    { communities: [community('c1', { gold: '1:1' }), community('c2', { gold: '1:1' })] },
  ],
]
