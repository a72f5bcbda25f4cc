import { expect } from 'chai'
import { type FaultCode, faults } from './faults.ts'
import { type ConfigObjects, parseConfig } from './parse.ts'
import { parseReservation } from './reservation.ts'
import type { ConfigRules } from './rules.ts'
import { bgpAdvertisementRefusals } from './testing/bgp-advertisement-refusals.ts'
import { backendRefusals, bgpPeerRefusals } from './testing/bgp-peer-refusals.ts'
import { bfd, bgp, label, layer2, node, peer, pool } from './testing/objects.ts'
import { poolRefusals, selectorRefusals } from './testing/pool-refusals.ts'
import type { Refusal } from './testing/refusal.ts'

const parse = (objects: Partial<ConfigObjects>, rules?: ConfigRules) => parseConfig({ pools: [], ...objects }, rules)
const placed = ({ code, kind, name, field }: { code: string; kind: string; name: string; field: string }) =>
  `${code} ${kind} ${name} ${field}`

const refusals: Record<string, readonly Refusal[]> = {
  'names and selectors': selectorRefusals,
  'pools and L2 advertisements': poolRefusals,
  'BGP peers and BFD profiles': bgpPeerRefusals,
  'BGP advertisements and communities': bgpAdvertisementRefusals,
  'what one backend cannot serve': backendRefusals,
}

const warnings: readonly [what: string, code: FaultCode, field: string, spec: object][] = [
  ['timers stored as 0s by MetalLB', 'timers-off', 'spec.holdTime', { holdTime: '0s', keepaliveTime: '0s' }],
  ['a hold time of 0s', 'timers-off', 'spec.holdTime', { holdTime: '0s' }],
  ['a keepalive time of 0s', 'timers-off', 'spec.keepaliveTime', { keepaliveTime: '0s' }],
  ['no sign of life', 'keepalive-off', 'spec.keepaliveTime', { holdTime: '90s', keepaliveTime: '0s' }],
  ['a source of another family', 'source-address-family', 'spec.sourceAddress', { sourceAddress: '2001:db8::9' }],
  ['disableMP', 'disable-mp', 'spec.disableMP', { disableMP: true }],
]

const reservations: readonly [what: string, code: FaultCode, field: string, spec: object][] = [
  ['nothing', 'reservation-without-addresses', 'spec.addresses', { addresses: [], namespace: 'web' }],
  ['a name', 'bad-addresses', 'spec.addresses[1]', { addresses: ['192.0.2.1', 'x'], namespace: 'web' }],
  ['for nobody', 'reservation-holder', 'spec', {}],
  ['for two', 'reservation-holder', 'spec', { namespace: 'web', serviceSelector: {} }],
  ['for a day', 'bad-duration', 'spec.timeToLive', { namespace: 'web', timeToLive: '1d' }],
  ['until some time', 'bad-date', 'spec.expiresAt', { namespace: 'web', expiresAt: 'soon' }],
  [
    'with two ends',
    'reservation-ends-twice',
    'spec.expiresAt',
    { namespace: 'web', timeToLive: '1h', expiresAt: '2026-01-01T00:00:00Z' },
  ],
]

describe('the rules of configuration', () => {
  for (const [of, rows] of Object.entries(refusals)) {
    describe(`of ${of} refuse`, () => {
      for (const [what, code, at, objects, rules] of rows) {
        it(what, () => {
          const result = parse(objects, rules)
          expect(result.ok ? [] : result.errors.map(placed)).to.deep.equal([`${code} ${at}`])
        })
      }
    })
  }

  describe('warn of', () => {
    for (const [what, code, field, spec] of warnings) {
      it(what, () => {
        const result = parse({ bgpPeers: [peer('r', spec)] })
        expect(result.ok).to.equal(true)
        expect(result.warnings.map(placed)).to.deep.equal([`${code} BGPPeer r ${field}`])
      })
    }
  })

  it('warn of a placement that another advertisement overrules', () => {
    const l2Advertisements = [layer2('a', { placement: 'Hash' }), layer2('b', { placement: 'Balanced' })]
    const result = parse({ pools: [pool('p', ['192.0.2.0/24'])], l2Advertisements })
    expect(result.ok).to.equal(true)
    expect(result.warnings.map(placed)).to.deep.equal(['placement-conflict L2Advertisement a spec.placement'])
  })

  it('do not mind two placements for different Services', () => {
    const some = { placement: 'Hash', serviceSelectors: [label('app', 'web')] }
    const l2Advertisements = [layer2('a', some), layer2('b', { placement: 'Balanced' }), layer2('c', {})]
    expect(parse({ pools: [pool('p', ['192.0.2.0/24'])], l2Advertisements }).warnings).to.deep.equal([])
  })

  describe('refuse a reservation', () => {
    for (const [what, code, field, spec] of reservations) {
      it(what, () => {
        const result = parseReservation({ metadata: { name: 'a' }, spec: { addresses: ['192.0.2.1'], ...spec } })
        expect(result.ok ? [] : result.errors.map(placed)).to.deep.equal([`${code} IPReservation a ${field}`])
      })
    }
  })

  it('have a row here each', () => {
    const rows = [...Object.values(refusals).flat(), ...warnings, ...reservations]
    const codes = new Set<string>(rows.map(([, code]) => code))
    const missing = Object.keys(faults).filter((code) => !codes.has(code))
    // Of two objects, above; not a matter of the objects alone: the speaker's test has it.
    expect(missing).to.deep.equal(['stranded', 'placement-conflict'])
  })

  it('say which errors may resolve themselves', () => {
    const later = Object.entries(faults).filter(([, row]) => 'mayResolveLater' in row)
    expect(later.map(([code]) => code)).to.deep.equal([
      'secret-missing',
      'bfd-profile-missing',
      'community-unknown-alias',
    ])
    const result = parse({ bgpPeers: [peer('r', { bfdProfile: 'later' })] })
    expect(result.ok || result.errors[0]?.mayResolveLater).to.equal(true)
  })

  it('never show a password', () => {
    const result = parse({
      bgpPeers: [peer('r', { password: 'hidden', passwordSecret: { name: 's' } })],
      extras: { data: { extras: 'neighbor x password hidden' } },
    })
    expect(JSON.stringify(result)).to.contain('password-and-secret').and.contain('extras-unsupported')
    expect(result.ok || JSON.stringify(result.errors)).not.to.contain('hidden')
  })
})

describe('the rules of configuration allow', () => {
  const nodes = [node('n1', { zone: 'a' }), node('n2', { zone: 'b' })]
  const inZone = (zone: string) => ({ nodeSelectors: [label('zone', zone)] })
  const four = [pool('p', ['198.51.100.0/24'])]
  const preferring = (first: object, second: object, pools = four) => ({
    ...{ pools, nodes },
    bgpAdvertisements: [bgp('a1', { localPref: 100, ...first }), bgp('a2', { localPref: 200, ...second })],
  })

  const rows: readonly [what: string, objects: Partial<ConfigObjects>, rules?: ConfigRules][] = [
    ['nothing at all', {}],
    [
      'a multihop peer whose AS is open',
      { bgpPeers: [peer('r', { peerASN: 0, dynamicASN: 'internal', ebgpMultiHop: true })] },
    ],
    ['a hold time of 3s', { bgpPeers: [peer('r', { holdTime: '3s' })] }],
    [
      'all that MetalLB leaves to FRR',
      {
        bgpPeers: [
          peer('r', {
            interface: 'eth1',
            peerAddress: '',
            vrf: 'red',
            localASN: 7,
            enableGracefulRestart: true,
            dualStackAddressFamily: true,
            connectTime: '5s',
            bfdProfile: 'b',
          }),
        ],
        bfdProfiles: [bfd('b')],
      },
    ],
    [
      'IPv6 and large communities',
      { pools: [pool('p', ['2001:db8::/64'])], bgpAdvertisements: [bgp('a', { communities: ['large:1:2:3'] })] },
    ],
    [
      'IPv4 lengths that no IPv6 pool feels',
      { pools: [pool('p', ['2001:db8::/64'])], bgpAdvertisements: [bgp('a', { aggregationLength: 8 })] },
    ],
    [
      'a wide route of another pool',
      {
        pools: [...four, pool('q', ['192.0.2.0/26'])],
        bgpAdvertisements: [bgp('a', { aggregationLength: 24, ipAddressPools: ['p'] })],
      },
    ],
    ['two preferences as long as no node is known', { ...preferring({}, {}), nodes: [] }],
    ['two preferences for routes of two lengths', preferring({}, { aggregationLength: 24 })],
    ['two preferences for two peers', preferring({ peers: ['r1'] }, { peers: ['r2'] })],
    ['two preferences on two nodes', preferring(inZone('a'), inZone('b'))],
    [
      'one preference in two advertisements beside another one elsewhere',
      {
        ...preferring(inZone('a'), inZone('b')),
        bgpAdvertisements: [
          bgp('a1', { localPref: 100, ...inZone('a') }),
          bgp('a2', { localPref: 100, ...inZone('a') }),
          bgp('a3', { localPref: 200, ...inZone('b') }),
        ],
      },
    ],
    ['two preferences of which one is for single Services', preferring({ serviceSelectors: [label('a', 'b')] }, {})],
    ['one router in two VRFs', { bgpPeers: [peer('r1'), peer('r2', { vrf: 'red', myASN: 7 })] }, { backend: 'frr' }],
    [
      'one router twice on two nodes',
      { nodes, bgpPeers: [peer('r1', inZone('a')), peer('r2', inZone('b'))] },
      { backend: 'frr' },
    ],
    [
      'an IPv6 router ID for frr-k8s to judge',
      { bgpPeers: [peer('r', { routerID: '2001:db8::1' })] },
      { backend: 'frr-k8s' },
    ],
    [
      'BFD echo for a peer of IPv4 routes',
      {
        pools: four,
        bfdProfiles: [bfd('b', { echoMode: true })],
        bgpPeers: [peer('r', { bfdProfile: 'b' })],
        bgpAdvertisements: [bgp('a')],
      },
    ],
    ['one router twice', { bgpPeers: [peer('r1'), peer('r2')] }, { backend: 'native' }],
    ['an empty ConfigMap bgpextras', { extras: { data: { extras: '\n' } } }],
    [
      'BFD echo for a peer without IPv6 routes',
      {
        pools: [pool('six', ['2001:db8::/64'])],
        bfdProfiles: [bfd('b', { echoMode: true })],
        bgpPeers: [peer('r', { bfdProfile: 'b' })],
        bgpAdvertisements: [bgp('a', { peers: ['other'] })],
      },
    ],
  ]
  for (const [what, objects, rules] of rows) {
    it(what, () => {
      const result = parse(objects, rules)
      expect(result.ok ? [] : result.errors.map(placed)).to.deep.equal([])
    })
  }
})
