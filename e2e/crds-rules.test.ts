import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { findProblems } from '../crds/validate.ts'
import { DefinitionsLab } from './crds.fixture.ts'
import { type CustomObject, namespace, object, peer } from './objects.fixture.ts'

const pool = (spec: object) => object('IPAddressPool', 'x', { addresses: ['192.0.2.0/24'], ...spec })
const addresses = (...items: string[]) => pool({ addresses: items })
const l2 = (spec: object) => object('L2Advertisement', 'x', spec)
const bgp = (spec: object) => object('BGPAdvertisement', 'x', spec)
const community = (...communities: object[]) => object('Community', 'x', { communities })
const communityOf = (value: string) => community({ name: 'x', value })
const bfd = (spec: object) => object('BFDProfile', 'x', spec)
const metallb = (spec: object, name = 'metallb') => object('MetalLB', name, spec)
const toleration = (...speakerTolerations: object[]) => metallb({ speakerTolerations })
const older = (spec: object) => peer('x', spec, 'v1beta1')
const newer = (spec: object) => peer('x', spec)
const unnumbered = (spec: object) => newer({ peerAddress: undefined, interface: 'eth1', ...spec })
const service = { namespace: 'shop', name: 'web' }
const reservation = (spec: object) =>
  object('IPReservation', 'x', { addresses: ['192.0.2.7'], service, ...spec }, 'v1alpha1')
const addressProbe = (address: string) => object('AddressProbe', 'x', { address, node: 'n1' }, 'v1alpha1')
const selector = { matchLabels: { tier: 'public' } }
const affinity = (kind: string, weight: number, rest: object) =>
  metallb({
    speakerConfig: { affinity: { [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, ...rest }] } } },
  })
const podTerm = { podAffinityTerm: { topologyKey: 'kubernetes.io/hostname' } }
const names = (count: number, length = 10) =>
  Array.from({ length: count }, (_, index) => `${index}`.padStart(length, 'n'))
const repeated = ['a', 'b', 'a']

/** by: what says so. Our validators know what the schemas say, and leave rules to the API server. */
type Row = [what: string, input: CustomObject, answer: RegExp, by?: 'schema']

const refused: Record<string, Row[]> = {
  'an IPAddressPool with': [
    ['no addresses', object('IPAddressPool', 'x', {}), /spec\.addresses: Required/, 'schema'],
    ['an empty list of addresses', addresses(), /spec\.addresses.*should have at least 1 items/, 'schema'],
    ['a misspelt field', pool({ autoasign: true }), /unknown field/, 'schema'],
    ['an address without a length', addresses('192.0.2.0/24', '10.0.0.1'), /spec\.addresses\[1\].*192\.0\.2\.7\/32/],
    ['an IPv6 address without a length', addresses('2001:db8::1'), /written with its length/],
    ['text', addresses('somewhere'), /write a prefix .* or the first and last address/],
    ['an empty text', addresses(''), /write a prefix/],
    ['a length beyond the family', addresses('192.0.2.0/33'), /write a prefix/],
    ['blanks around a prefix', addresses(' 192.0.2.0/24'), /write a prefix/],
    ['an octet beyond 255', addresses('192.0.2.1-192.0.2.300'), /first and last address/],
    ['half a range', addresses('192.0.2.1-'), /first and last address/],
    ['three ends', addresses('192.0.2.1-192.0.2.2-192.0.2.3'), /first and last address/],
    ['an IPv4 address in the dress of IPv6', addresses('::ffff:192.0.2.1/120'), /write a prefix/],
    ['a range of two families', addresses('192.0.2.1-2001:db8::1'), /both ends of a range are IPv4/],
    ['a range of two families, the other way', addresses('2001:db8::1 - 192.0.2.1'), /both ends of a range are IPv4/],
    ['a range that is written backwards', addresses('192.0.2.9-192.0.2.8'), /swap the two/],
    ['such a range over octets, with blanks', addresses('192.0.3.0  - 192.0.2.255'), /swap the two/],
    ['an item of 101 characters', addresses(`192.0.2.1-${' '.repeat(82)}192.0.2.2`), /Too long/, 'schema'],
    ['10001 items', addresses(...Array(10001).fill('192.0.2.0/24')), /Too many: 10001/, 'schema'],
    ['an exclusion that is text', pool({ exclude: ['gateway'] }), /spec\.exclude\[0\].*write an address/],
    ['an exclusion written backwards', pool({ exclude: ['192.0.2.9-192.0.2.8'] }), /swap the two/],
    ['a quota of 0', pool({ quota: 0 }), /spec\.quota.*greater than or equal to 1/, 'schema'],
    ['an unknown allocation', pool({ allocation: 'Random' }), /supported values: "LowestFirst", "Balanced"/, 'schema'],
    ['retention for nothing', pool({ retainFor: '0s' }), /spec\.retainFor.*more than nothing/],
    ['retention for less', pool({ retainFor: '-1h' }), /spec\.retainFor/],
    ['retention for days', pool({ retainFor: '1d' }), /such as 24h/],
    ['a number for a duration', pool({ retainFor: '3600' }), /with its unit/],
    [
      'a namespace twice',
      pool({ serviceAllocation: { namespaces: repeated } }),
      /serviceAllocation\.namespaces.*twice: leave one/,
    ],
    ['a priority of 33 bits', pool({ serviceAllocation: { priority: 2 ** 31 } }), /priority/, 'schema'],
    [
      'an unknown selector operator',
      pool({ serviceAllocation: { serviceSelectors: [{ matchExpressions: [{ key: 'a', operator: 'in' }] }] } }),
      /supported values: "In", "NotIn", "Exists", "DoesNotExist"/,
      'schema',
    ],
  ],
  'an AddressProbe with': [['a name for an address', addressProbe('web.example.org'), /write an IPv4 or IPv6 address/]],
  'an IPReservation with': [
    ['nobody', reservation({ service: undefined }), /exactly one of service, namespace and serviceSelector/],
    ['two holders', reservation({ namespace: 'shop' }), /exactly one of service, namespace and serviceSelector/],
    ['three holders', reservation({ namespace: 'shop', serviceSelector: selector }), /exactly one of/],
    ['no addresses', reservation({ addresses: [] }), /spec\.addresses/, 'schema'],
    ['text for an address', reservation({ addresses: ['192.0.2.7', 'x'] }), /spec\.addresses\[1\].*write an address/],
    ['a range of two families', reservation({ addresses: ['192.0.2.7-2001:db8::1'] }), /both ends of a range/],
    ['a range written backwards', reservation({ addresses: ['192.0.2.7-192.0.2.6'] }), /swap the two/],
    ['a Service without a namespace', reservation({ service: { name: 'web' } }), /namespace: Required/, 'schema'],
    ['a Service without a name', reservation({ service: { ...service, name: '' } }), /service\.name/, 'schema'],
    ['a time to live of nothing', reservation({ timeToLive: '0h' }), /spec\.timeToLive.*more than nothing/],
    ['a time that is none', reservation({ expiresAt: 'tomorrow' }), /spec\.expiresAt/, 'schema'],
    [
      'two ends',
      reservation({ timeToLive: '24h', expiresAt: '2026-01-15T09:30:00Z' }),
      /spec\.expiresAt: Forbidden: give either timeToLive or expiresAt/,
    ],
  ],
  'an L2Advertisement with': [
    ['a pool twice', l2({ ipAddressPools: repeated }), /spec\.ipAddressPools.*twice/],
    ['an unknown placement', l2({ placement: 'Random' }), /supported values: "Hash", "Balanced"/, 'schema'],
    [
      'a weight of 0',
      l2({ preferredNodeSelectors: [{ weight: 0, preference: selector }] }),
      /preferredNodeSelectors\[0\]\.weight/,
      'schema',
    ],
    [
      'a weight of 101',
      l2({ preferredNodeSelectors: [{ weight: 101, preference: selector }] }),
      /preferredNodeSelectors\[0\]\.weight/,
      'schema',
    ],
  ],
  'a BGPAdvertisement with': [
    ['a pool twice', bgp({ ipAddressPools: repeated }), /spec\.ipAddressPools.*twice/],
    ['a peer twice', bgp({ peers: repeated }), /spec\.peers.*twice/],
    ['a community twice', bgp({ communities: repeated }), /spec\.communities.*twice/],
    ['routes of no bits', bgp({ aggregationLength: 0 }), /aggregationLength/, 'schema'],
    ['routes of 33 bits', bgp({ aggregationLength: 33 }), /aggregationLength/, 'schema'],
    ['IPv6 routes of no bits', bgp({ aggregationLengthV6: 0 }), /aggregationLengthV6/, 'schema'],
    ['IPv6 routes of 129 bits', bgp({ aggregationLengthV6: 129 }), /aggregationLengthV6/, 'schema'],
    ['a local preference below 0', bgp({ localPref: -1 }), /localPref/, 'schema'],
    [
      'serviceSelectors and aggregated routes',
      bgp({ serviceSelectors: [selector], aggregationLength: 24 }),
      /routes must be single addresses/,
    ],
    [
      'serviceSelectors and aggregated IPv6 routes',
      bgp({ serviceSelectors: [selector], aggregationLengthV6: 64 }),
      /routes must be single addresses/,
    ],
    ['a community beyond 16 bits', bgp({ communities: ['65000:1', '65536:1'] }), /communities\[1\].*at most 65535/],
    ['a community of many digits', bgp({ communities: [`1:${'9'.repeat(30)}`] }), /at most 65535/],
    ['a large community beyond 32 bits', bgp({ communities: ['large:1:2:4294967296'] }), /at most 4294967295/],
    ['a large community without the word', bgp({ communities: ['64512:1:2'] }), /with the word large/],
    ['a large community of four numbers', bgp({ communities: ['1:2:3:4'] }), /with the word large/],
  ],
  'a Community with': [
    ['text', communityOf('gold'), /communities\[0\]\.value.*write asn:number/],
    ['nothing', communityOf(''), /write asn:number/],
    ['three numbers', communityOf('1:2:3'), /write asn:number/],
    ['another word than large', communityOf('small:1:2:3'), /large:asn:number:number/],
    ['more than 16 bits', communityOf('65536:1'), /at most 65535/],
    ['more than 32 bits', communityOf('large:4294967296:1:1'), /at most 4294967295/],
    [
      'a name twice',
      community({ name: 'a', value: '1:1' }, { name: 'b', value: '1:2' }, { name: 'a', value: '1:3' }),
      /spec\.communities.*no name twice/,
    ],
  ],
  'a BGPPeer with': [
    ['no place', newer({ peerAddress: undefined }), /give either peerAddress or interface/],
    ['an empty address', newer({ peerAddress: '' }), /give either peerAddress or interface/],
    ['two places', newer({ interface: 'eth1' }), /give either peerAddress or interface/],
    ['no AS', newer({ peerASN: undefined }), /give either peerASN or dynamicASN/],
    ['AS 0', newer({ peerASN: 0 }), /give either peerASN or dynamicASN/],
    ['two kinds of AS', newer({ dynamicASN: 'external' }), /give either peerASN or dynamicASN/],
    ['an unknown dynamicASN', newer({ peerASN: undefined, dynamicASN: 'any' }), /"internal", "external"/, 'schema'],
    ['own AS 0', newer({ myASN: 0 }), /spec\.myASN.*greater than or equal to 1/, 'schema'],
    ['an AS number of 33 bits', newer({ peerASN: 2 ** 32 }), /spec\.peerASN/, 'schema'],
    ['localASN 0', newer({ localASN: 0 }), /spec\.localASN/, 'schema'],
    ['a name for an address', newer({ peerAddress: 'router' }), /spec\.peerAddress.*write an IPv4 or IPv6 address/],
    ['a zone in its address', newer({ peerAddress: 'fe80::1%eth0' }), /write an IPv4 or IPv6 address/],
    ['a prefix for a source', newer({ sourceAddress: '192.0.2.0/24' }), /spec\.sourceAddress.*write an IPv4/],
    ['a source of the other family', newer({ sourceAddress: '2001:db8::1' }), /spec\.sourceAddress.*both IPv4, or/],
    ['a number for a router ID', newer({ routerID: '7' }), /spec\.routerID.*as an IPv4 address/],
    ['an IPv6 router ID', newer({ routerID: '2001:db8::1' }), /spec\.routerID.*as an IPv4 address/],
    ['a port below 0', newer({ peerPort: -1 }), /spec\.peerPort/, 'schema'],
    ['a port above 16384', newer({ peerPort: 16385 }), /spec\.peerPort.*less than or equal to 16384/, 'schema'],
    ['text for a hold time', newer({ holdTime: 'long' }), /spec\.holdTime.*a duration of 3s to 65535s/],
    ['a number for a hold time', newer({ holdTime: '90' }), /spec\.holdTime.*such as 90s/],
    ['a hold time of 2 s', newer({ holdTime: '2s' }), /spec\.holdTime/],
    ['a hold time below 0', newer({ holdTime: '-3s' }), /spec\.holdTime/],
    ['a hold time that no OPEN can say', newer({ holdTime: '65536s' }), /spec\.holdTime/],
    ['text for a keepalive time', newer({ keepaliveTime: 'often' }), /spec\.keepaliveTime.*such as 30s/],
    [
      'a keepalive time above its hold time',
      newer({ holdTime: '30s', keepaliveTime: '31s' }),
      /spec\.keepaliveTime.*at most holdTime/,
    ],
    ['a keepalive time for no hold time', newer({ holdTime: '0s', keepaliveTime: '1s' }), /at most holdTime/],
    ['a keepalive time that is a hold time of 2 s', newer({ keepaliveTime: '700ms' }), /keepaliveTime is 1s to 21845s/],
    ['a keepalive time that is a hold time of a day', newer({ keepaliveTime: '8h' }), /keepaliveTime is 1s to 21845s/],
    ['a connectTime of zero', newer({ connectTime: '0s' }), /connectTime must be between 1s and 65535s/],
    ['a connectTime of a day', newer({ connectTime: '24h' }), /connectTime must be between 1s and 65535s/],
    ['a connectTime of 1.5 s', newer({ connectTime: '1500ms' }), /must be a whole number of seconds/],
    [
      'two passwords',
      newer({ password: 'a', passwordSecret: { name: 'b' } }),
      /spec\.password: Forbidden: give either password or passwordSecret/,
    ],
    ['hops within an AS', newer({ peerASN: 64512, ebgpMultiHop: true }), /spec\.ebgpMultiHop: Forbidden/],
  ],
  'a BGPPeer of v1beta1 with': [
    ['no address', older({ peerAddress: undefined }), /spec\.peerAddress: Required/, 'schema'],
    ['an empty address', older({ peerAddress: '' }), /spec\.peerAddress.*write an IPv4 or IPv6 address/],
    ['AS 0', older({ peerASN: 0 }), /spec\.peerASN/, 'schema'],
    ['own AS 0', older({ myASN: 0 }), /spec\.myASN/, 'schema'],
    ['hops within an AS', older({ peerASN: 64512, ebgpMultiHop: true }), /spec\.ebgpMultiHop: Forbidden/],
    ['a hold time of 2 s', older({ holdTime: '2s' }), /spec\.holdTime/],
    ['a keepalive time above its hold time', older({ holdTime: '3s', keepaliveTime: '4s' }), /spec\.keepaliveTime/],
    ['a keepalive time that is a hold time of 2 s', older({ keepaliveTime: '700ms' }), /spec\.keepaliveTime/],
    ['a source of the other family', older({ sourceAddress: '2001:db8::1' }), /spec\.sourceAddress/],
    ['an IPv6 router ID', older({ routerID: '2001:db8::1' }), /spec\.routerID/],
    [
      'a selector without values',
      older({ nodeSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Exists', values: [] }] }] }),
      /values.*should have at least 1 items/,
      'schema',
    ],
  ],
  'a BFDProfile with': [
    ['a detect multiplier of 1', bfd({ detectMultiplier: 1 }), /spec\.detectMultiplier/, 'schema'],
    ['an interval of 9 ms', bfd({ receiveInterval: 9 }), /spec\.receiveInterval/, 'schema'],
    ['an interval of 61 s', bfd({ transmitInterval: 61000 }), /spec\.transmitInterval/, 'schema'],
    ['an echo interval of 9 ms', bfd({ echoInterval: 9 }), /spec\.echoInterval/, 'schema'],
    ['a TTL of 255', bfd({ minimumTtl: 255 }), /spec\.minimumTtl/, 'schema'],
  ],
  'a MetalLB with': [
    ['another name', metallb({}, 'other'), /its name is metallb/],
    ['an unknown backend', metallb({ bgpBackend: 'bird' }), /spec\.bgpBackend.*write native, frr/],
    ['an unknown log level', metallb({ logLevel: 'loud' }), /spec\.logLevel: Unsupported value/, 'schema'],
    ['a class that is no label', metallb({ loadBalancerClass: 'a b' }), /loadBalancerClass/, 'schema'],
    [
      'a quantity that is none',
      metallb({ speakerConfig: { resources: { limits: { memory: 'much' } } } }),
      /resources\.limits\.memory/,
      'schema',
    ],
    [
      'an address to block',
      metallb({ frrk8sConfig: { alwaysBlock: ['10.0.0.0'] } }),
      /alwaysBlock\[0\].*write a prefix/,
    ],
    ['a toleration of nothing', toleration({}), /speakerTolerations\[0\]\.operator.*set operator to Exists/],
    [
      'a toleration of any value and one',
      toleration({ key: 'a', operator: 'Exists', value: 'b' }),
      /speakerTolerations\[0\]\.value.*leave value out/,
    ],
    ['an unknown operator', toleration({ key: 'a', operator: 'Has' }), /operator: Unsupported value/, 'schema'],
    ['an unknown effect', toleration({ key: 'a', effect: 'Never' }), /effect: Unsupported value/, 'schema'],
    [
      'seconds for another effect',
      metallb({ controllerTolerations: [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }] }),
      /controllerTolerations\[0\]\.tolerationSeconds.*NoExecute only/,
    ],
    ['a node weight of 101', affinity('nodeAffinity', 101, { preference: {} }), /weight/, 'schema'],
    ['a pod weight of 0', affinity('podAffinity', 0, podTerm), /weight/, 'schema'],
  ],
}

const longest = '2001:0db8:ffff:ffff:ffff:ffff:ffff:ffff'

const accepted: [what: string, input: CustomObject][] = [
  ['a pool of prefixes', addresses('192.0.2.0/24', '192.0.2.77/24', '2001:db8::/112', '0.0.0.0/0')],
  ['an AddressProbe for IPv4', addressProbe('192.0.2.7')],
  ['an AddressProbe for IPv6', addressProbe('2001:db8::7')],
  ['a pool of single addresses', addresses('192.0.2.7/32', '2001:db8::7/128')],
  ['a pool of ranges', addresses('192.0.2.1-192.0.2.9', '10.0.0.0-10.0.0.0', '9.255.255.255-10.0.0.0')],
  ['a pool of ranges with blanks', addresses(' 192.0.2.1  -  192.0.2.9 ', '192.0.2.20 -192.0.2.30')],
  ['a pool of IPv6 ranges', addresses('2001:db8::1-2001:db8::ff', `${longest} - ${longest}`, '::1-64:ff9b::1.2.3.4')],
  ['an IPv6 range written backwards, left to the configuration', addresses('2001:db8::2-2001:db8::1')],
  ['a pool of 10000 ranges', addresses(...Array(10000).fill('192.168.100.100 - 192.168.200.200'))],
  [
    'a pool with everything',
    pool({
      exclude: ['192.0.2.1', '192.0.2.8/29', '192.0.2.20-192.0.2.29', '2001:db8::1'],
      disabled: true,
      quota: 3,
      allocation: 'Balanced',
      retainFor: '1h30m',
      probeBeforeUse: true,
      serviceAllocation: {
        priority: -1,
        namespaces: ['a', 'b'],
        namespaceSelectors: [{}],
        serviceSelectors: [selector],
      },
    }),
  ],
  ['a pool for 500 namespaces of long names', pool({ serviceAllocation: { namespaces: names(500, 63) } })],
  ['a reservation for a Service', reservation({ timeToLive: '24h' })],
  ['a reservation for a namespace', reservation({ service: undefined, namespace: 'shop' })],
  ['a reservation for labels', reservation({ service: undefined, serviceSelector: selector })],
  ['a reservation that ends', reservation({ expiresAt: '2026-01-15T09:30:00Z' })],
  ['a reservation of all forms', reservation({ addresses: ['192.0.2.8/29', '192.0.2.1 - 192.0.2.3', '2001:db8::1'] })],
  ['an L2Advertisement of all pools', l2({})],
  ['an L2Advertisement with a placement', l2({ placement: 'Balanced' })],
  ['an L2Advertisement with an interface twice, as in MetalLB', l2({ interfaces: ['eth0', 'eth0'] })],
  ['a BGPAdvertisement of all pools', bgp({})],
  ['a BGPAdvertisement of 256 pools of long names', bgp({ ipAddressPools: names(256, 253), peers: names(256, 253) })],
  ['a BGPAdvertisement of 150 pools of long names', bgp({ ipAddressPools: names(150, 253), peers: names(150, 253) })],
  [
    'communities of both kinds',
    bgp({ communities: ['65535:65535', 'large:4294967295:0:1', 'no-export', 'a:b', '0:0'] }),
  ],
  ['names of communities with colons', bgp({ communities: ['team:blue', 'team:blue:one', 'large:x:1:2', '7'] })],
  ['serviceSelectors with single addresses', bgp({ serviceSelectors: [selector], aggregationLength: 32 })],
  ['a Community', community({ name: 'a', value: '65535:65281' }, { name: 'b', value: 'large:4294967295:0:0' })],
  ['an empty Community', community()],
  ['a peer', newer({})],
  ['a peer of IPv6', newer({ peerAddress: '2001:db8::1', sourceAddress: '2001:db8::2', routerID: '192.0.2.9' })],
  ['an unnumbered peer', unnumbered({ peerASN: undefined, dynamicASN: 'external' })],
  [
    'a peer without AS numbers of zero and empty texts',
    unnumbered({ peerAddress: '', sourceAddress: '', routerID: '' }),
  ],
  ["the timers that MetalLB's converter wrote", newer({ holdTime: '0s', keepaliveTime: '0s', peerPort: 0 })],
  ['a peer with timers', newer({ holdTime: '1m30s', keepaliveTime: '30s', connectTime: '10s' })],
  ['a peer with a hold time alone', newer({ holdTime: '3s' })],
  ['a peer with a keepalive time alone', newer({ keepaliveTime: '1s' })],
  ['a peer with a hold time in minutes', newer({ holdTime: '1.5m' })],
  ["an empty secret beside a password, as Go's clients write it", newer({ password: 'a', passwordSecret: {} })],
  ['an iBGP peer', newer({ peerASN: 64512, ebgpMultiHop: false })],
  ['a peer some hops away', newer({ ebgpMultiHop: true })],
  ['a peer of v1beta1', older({ peerPort: 0, holdTime: '90s', password: 'a' })],
  ['a BFDProfile', bfd({ receiveInterval: 10, transmitInterval: 60000, detectMultiplier: 255, minimumTtl: 254 })],
  ['an empty MetalLB', metallb({})],
  ...['', 'native', 'frr', 'frr-k8s', 'frr-k8s-external'].map((bgpBackend): [string, CustomObject] => [
    `a MetalLB with bgpBackend "${bgpBackend}"`,
    metallb({ bgpBackend }),
  ]),
  ['a toleration of everything', toleration({ operator: 'Exists' })],
  [
    'tolerations',
    toleration(
      { key: 'a', value: 'b', effect: 'NoSchedule', tolerationSeconds: 0 },
      { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
    ),
  ],
  ['prefixes to block', metallb({ frrk8sConfig: { alwaysBlock: ['10.0.0.0/8', '2001:db8::/32'] } })],
]

interface Scenario {
  id: string
  quirk?: string
  given: { objects: CustomObject[] }
  then: { accepted: boolean }
}

const kinds = ['IPAddressPool', 'L2Advertisement', 'BGPAdvertisement', 'BGPPeer', 'BFDProfile', 'Community']
const { scenarios }: { scenarios: Scenario[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../parity/scenarios/config.json'), 'utf8'),
)
const acceptedByMetalLB = scenarios.filter(({ quirk, then }) => then.accepted && quirk === undefined)

/** What MetalLB accepts and cannot use; see differences.yaml. */
const refusedOnPurpose = ['peer-router-id-v6']

describe('the rules of the definitions in a real API server', function () {
  this.timeout(60_000)
  let lab: DefinitionsLab

  before(async () => {
    lab = await DefinitionsLab.start()
  })
  after(() => lab?.stop())

  for (const [subject, rows] of Object.entries(refused)) {
    describe(`refuse ${subject}`, () => {
      for (const [what, input, answer, by] of rows) {
        it(what, async () => {
          expect(await lab.objection(input)).to.match(answer)
          expect(findProblems(input), 'findProblems').to.have.length(by === 'schema' ? 1 : 0)
        })
      }
    })
  }

  describe('accept', () => {
    for (const [what, input] of accepted) {
      it(what, async () => {
        expect(await lab.objection(input)).to.equal(undefined)
        expect(findProblems(JSON.parse(JSON.stringify(input)))).to.deep.equal([])
      })
    }
  })

  it('accept every object of every configuration that MetalLB accepts', async () => {
    const objections: string[] = []
    for (const { id, given } of acceptedByMetalLB.filter((scenario) => !refusedOnPurpose.includes(scenario.id))) {
      for (const { kind, metadata, ...rest } of given.objects.filter((each) => kinds.includes(each.kind))) {
        const objection = await lab.objection({ kind, ...rest, metadata: { name: metadata.name, namespace } })
        if (objection !== undefined) objections.push(`${id}: ${objection}`)
      }
    }
    expect(objections).to.deep.equal([])
    expect(acceptedByMetalLB).to.have.length.above(50)
  })
})
