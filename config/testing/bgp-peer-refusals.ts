import type { ConfigRules } from '../rules.ts'
import { bfd, bgp, label, node, peer, pool, secret } from './objects.ts'
import type { Refusal } from './refusal.ts'

const having = (spec: object) => ({ bgpPeers: [peer('r', spec)] })
const two = (first: object, second: object) => ({ bgpPeers: [peer('r1', first), peer('r2', second)] })
const other = { peerAddress: '192.0.2.2' }
const onlyInterface = { peerAddress: undefined, interface: 'eth1' }
const withSecret = { passwordSecret: { name: 's' } }
const echo = { bfdProfiles: [bfd('b', { echoMode: true })], bgpPeers: [peer('r', { bfdProfile: 'b' })] }
const sixPool = [pool('six', ['2001:db8::/120'])]
const frr: ConfigRules = { backend: 'frr' }
const frrK8s: ConfigRules = { backend: 'frr-k8s' }
const at = (field: string) => `BGPPeer r spec.${field}`

export const bgpPeerRefusals: readonly Refusal[] = [
  ['myASN 0', 'bad-asn', at('myASN'), having({ myASN: 0 })],
  ['an AS number of 33 bits', 'bad-asn', at('peerASN'), having({ peerASN: 4294967296 })],
  ['a peer of no AS', 'peer-asn-missing', at('peerASN'), having({ peerASN: undefined })],
  ['both ways to give the AS', 'asn-and-dynamic-asn', at('dynamicASN'), having({ dynamicASN: 'external' })],
  ['an unknown dynamicASN', 'bad-dynamic-asn', at('dynamicASN'), having({ peerASN: 0, dynamicASN: 'any' })],
  ['iBGP over several hops', 'multihop-on-ibgp', at('ebgpMultiHop'), having({ peerASN: 64512, ebgpMultiHop: true })],
  ['a peer that is nowhere', 'address-or-interface-missing', at('peerAddress'), having({ peerAddress: undefined })],
  ['address and interface', 'address-and-interface', at('interface'), having({ interface: 'eth1' })],
  ['a host name as peer', 'peer-address-invalid', at('peerAddress'), having({ peerAddress: 'router' })],
  ['a prefix as source', 'source-address-invalid', at('sourceAddress'), having({ sourceAddress: '192.0.2.9/24' })],
  ['a name as router ID', 'router-id-invalid', at('routerID'), having({ routerID: 'x' })],
  ['an IPv6 router ID', 'router-id-not-ipv4', at('routerID'), having({ routerID: '2001:db8::1' })],
  ['a port above 16384', 'bad-port', at('peerPort'), having({ peerPort: 16385 })],
  ['a hold time that is no duration', 'bad-duration', at('holdTime'), having({ holdTime: '90' })],
  ['a negative keepalive time', 'bad-duration', at('keepaliveTime'), having({ keepaliveTime: '-1s' })],
  ['a hold time of 2900ms', 'hold-time-too-short', at('holdTime'), having({ holdTime: '2900ms' })],
  ['a third of a short hold time', 'hold-time-too-short', at('keepaliveTime'), having({ keepaliveTime: '800ms' })],
  ['a hold time of a day', 'hold-time-too-long', at('holdTime'), having({ holdTime: '24h' })],
  [
    'keepalives too rare',
    'keepalive-above-hold',
    at('keepaliveTime'),
    having({ holdTime: '30s', keepaliveTime: '31s' }),
  ],
  ['a fraction between attempts', 'bad-connect-time', at('connectTime'), having({ connectTime: '1500ms' })],
  ['a zone selector twice', 'duplicate-selector', at('nodeSelectors[1]'), having({ nodeSelectors: [{}, {}] })],
  [
    'a password in two places',
    'password-and-secret',
    at('passwordSecret'),
    { ...having({ password: 'a', ...withSecret }), secrets: [secret('s', { password: 'b' })] },
  ],
  ['a Secret that is not there', 'secret-missing', at('passwordSecret'), having(withSecret)],
  [
    'a Secret of another type',
    'secret-type',
    at('passwordSecret'),
    { ...having(withSecret), secrets: [secret('s', { password: 'b' }, 'Opaque')] },
  ],
  [
    'a Secret without a password',
    'secret-without-password',
    at('passwordSecret'),
    { ...having(withSecret), secrets: [secret('s', { username: 'b' })] },
  ],
  ['a BFD profile that is not there', 'bfd-profile-missing', at('bfdProfile'), having({ bfdProfile: 'b' })],
  [
    'BFD echo for a peer of every IPv6 route',
    'bfd-echo-with-v6',
    at('bfdProfile'),
    { ...echo, pools: sixPool, bgpAdvertisements: [bgp('a')] },
  ],
  [
    'BFD echo for a peer named for IPv6 routes',
    'bfd-echo-with-v6',
    at('bfdProfile'),
    { ...echo, pools: sixPool, bgpAdvertisements: [bgp('a', { peers: ['q', 'r'] })] },
  ],
  [
    'two peers of one name',
    'duplicate-name',
    'BGPPeer r metadata.name',
    { bgpPeers: [peer('r', other), peer('r', other)] },
  ],
  ...(
    [
      ['receiveInterval', 9],
      ['receiveInterval', 60001],
      ['transmitInterval', 9],
      ['transmitInterval', 60001],
      ['echoInterval', 9],
      ['echoInterval', 60001],
      ['detectMultiplier', 1],
      ['detectMultiplier', 256],
      ['minimumTtl', 0],
      ['minimumTtl', 255],
    ] as const
  ).map(
    ([field, value]): Refusal => [
      `a ${field} of ${value}`,
      'bfd-out-of-range',
      `BFDProfile b spec.${field}`,
      { bfdProfiles: [bfd('b', { [field]: value })] },
    ],
  ),
]

export const backendRefusals: readonly Refusal[] = [
  ['one router twice', 'peer-duplicate', 'BGPPeer r2 spec.peerAddress', two({}, {}), frr],
  ['one interface twice', 'peer-duplicate', 'BGPPeer r2 spec.interface', two(onlyInterface, onlyInterface), frr],
  [
    'one router twice on a node that both select',
    'peer-duplicate',
    'BGPPeer r2 spec.peerAddress',
    { ...two({ nodeSelectors: [label('zone', 'a')] }, {}), nodes: [node('n1', { zone: 'a' }), node('n2')] },
    frr,
  ],
  [
    'two router IDs',
    'router-id-mismatch',
    'BGPPeer r2 spec.routerID',
    two({ routerID: '1.1.1.1' }, { ...other, routerID: '2.2.2.2' }),
    frr,
  ],
  [
    'a router ID beside none',
    'router-id-mismatch',
    'BGPPeer r2 spec.routerID',
    two({ routerID: '1.1.1.1' }, other),
    frrK8s,
  ],
  ['two own AS numbers', 'local-asn-mismatch', 'BGPPeer r2 spec.myASN', two({}, { ...other, myASN: 64999 }), frr],
  ...(['native', 'frr', 'frr-k8s'] as const).map(
    (backend): Refusal => [
      `text for FRR, by backend ${backend}`,
      'extras-unsupported',
      'ConfigMap bgpextras data.extras',
      { extras: { data: { extras: 'router bgp 1\n neighbor x password secret\n' } } },
      { backend },
    ],
  ),
]
