import { expect } from 'chai'
import { Allocator } from './allocator.ts'
import type { RefusalReason } from './refusal.ts'
import { dualStack, holdingOf, pools, request, type ServiceText } from './testing/requests.ts'

const wants = (addresses: string) => ({ 'metallb.io/loadBalancerIPs': addresses })
const wantsPool = (pool: string) => ({ 'metallb.io/address-pool': pool })
const shares = (key: string) => ({ 'metallb.io/allow-shared-ip': key })
const prefersDual = { ...dualStack, ipFamilyPolicy: 'PreferDualStack' }
const requiresDual = { ...dualStack, ipFamilyPolicy: 'RequireDualStack' }
const blue = { blue: ['192.0.2.0/30'] }
const two = { ...blue, dual: { addresses: ['198.51.100.0/30', '2001:db8::/126'], autoAssign: false } }
const dual = { dual: ['192.0.2.0/30', '2001:db8::/126'] }

interface Row {
  it: string
  pools: Parameters<typeof pools>[0]
  /** Services that come first, each new. */
  others?: ServiceText[]
  service: ServiceText
  /** Pool and addresses afterwards. */
  holds?: string
  refusal?: RefusalReason
  events?: string[]
}

const rows: Record<string, Row[]> = {
  '1. only a Service of type LoadBalancer has addresses': [
    { it: 'another type has none', pools: blue, service: { spec: { type: 'ClusterIP' } } },
    { it: 'another type loses what it has', pools: blue, service: { spec: { type: 'NodePort' }, has: ['192.0.2.1'] } },
  ],
  '2. without pools there is nothing to give': [
    { it: 'not even what the status says', pools: {}, service: { has: ['192.0.2.1'] }, refusal: 'NoPools' },
  ],
  '3. without a cluster IP the families are unknown': [
    { it: 'so there is no address', pools: blue, service: { spec: { clusterIPs: [] } }, refusal: 'NoClusterIP' },
    {
      it: 'spec.clusterIP stands in for clusterIPs',
      pools: blue,
      service: { spec: { clusterIPs: undefined, clusterIP: '10.96.0.1' } },
      holds: 'blue 192.0.2.0',
      events: ['IPAllocated'],
    },
  ],
  '4. RequireDualStack needs both families': [
    {
      it: 'one cluster IP is not enough',
      pools: dual,
      service: { spec: { ipFamilyPolicy: 'RequireDualStack' }, has: ['192.0.2.1'] },
      refusal: 'ClusterIPFamilies',
      events: ['not enough clusterips'],
    },
  ],
  '5. what the Service has is in its status': [
    { it: 'so it is adopted without an event', pools: blue, service: { has: ['192.0.2.2'] }, holds: 'blue 192.0.2.2' },
  ],
  '6. addresses stay unless something forbids it': [
    {
      it: 'not of a family that the Service does not have',
      pools: dual,
      service: { has: ['2001:db8::1'] },
      holds: 'dual 192.0.2.0',
      events: ['IPAllocated'],
    },
    {
      it: 'not when they cannot be read',
      pools: blue,
      service: { has: ['nonsense'] },
      holds: 'blue 192.0.2.0',
      events: ['nolbIPsIPFamily', 'IPAllocated'],
    },
    {
      it: 'untouched while the cluster IPs cannot be read',
      pools: blue,
      service: { spec: { clusterIPs: ['nonsense'] }, has: ['192.0.2.1'] },
      refusal: 'ClusterIPFamilies',
      events: ['noclusterIPsIPFamily'],
    },
    {
      it: 'not when no pool has them any more',
      pools: blue,
      service: { has: ['203.0.113.1'] },
      holds: 'blue 192.0.2.0',
      events: ['ClearAssignment', 'IPAllocated'],
    },
    {
      it: 'not when another Service has them',
      pools: blue,
      others: [{ name: 'first' }],
      service: { has: ['192.0.2.0'] },
      holds: 'blue 192.0.2.1',
      events: ['ClearAssignment', 'IPAllocated'],
    },
    {
      it: 'not when another pool is asked for',
      pools: two,
      service: { annotations: wantsPool('dual'), has: ['192.0.2.1'] },
      holds: 'dual 198.51.100.0',
      events: ['IPAllocated'],
    },
    {
      it: 'not when other addresses are asked for',
      pools: blue,
      service: { annotations: wants('192.0.2.3'), has: ['192.0.2.1'] },
      holds: 'blue 192.0.2.3',
      events: ['IPAllocated'],
    },
    {
      it: 'when the request is withdrawn',
      pools: blue,
      service: { annotations: wants(''), has: ['192.0.2.3'] },
      holds: 'blue 192.0.2.3',
    },
    {
      it: 'while the request contradicts itself',
      pools: blue,
      service: { annotations: wants('192.0.2.3'), spec: { loadBalancerIP: '192.0.2.2' }, has: ['192.0.2.1'] },
      holds: 'blue 192.0.2.1',
      refusal: 'InvalidRequest',
      events: ['LoadBalancerFailed'],
    },
    {
      it: 'in the order of their text once they are asked for',
      pools: dual,
      service: { spec: requiresDual, annotations: wants('2001:db8::1,192.0.2.1'), has: ['2001:db8::1', '192.0.2.1'] },
      holds: 'dual 192.0.2.1 2001:db8::1',
    },
  ],
  '7. one address where two are preferred is completed': [
    {
      it: 'from the same pool',
      pools: dual,
      service: { spec: prefersDual, has: ['192.0.2.1'] },
      holds: 'dual 192.0.2.1 2001:db8::',
      events: ['IPAllocated'],
    },
    {
      it: 'or left alone when that pool has none',
      pools: { ...blue, six: ['2001:db8::/126'] },
      service: { spec: prefersDual, has: ['192.0.2.1'] },
      holds: 'blue 192.0.2.1',
      events: ['AdditionalAssignFailed'],
    },
    {
      it: 'but not in a single-stack cluster',
      pools: dual,
      service: { spec: { ipFamilyPolicy: 'PreferDualStack' }, has: ['192.0.2.1'] },
      holds: 'dual 192.0.2.1',
    },
  ],
  '8.1 the families of the Service count': [
    {
      it: 'a Service that is IPv6 gets IPv6',
      pools: dual,
      service: { spec: { clusterIPs: ['fd00:96::1'] } },
      holds: 'dual 2001:db8::',
      events: ['IPAllocated'],
    },
  ],
  '8.2 a request that cannot be read is refused whole': [
    ...['192.0.2.1,nonsense', '192.0.2.1,192.0.2.2', '192.0.2.1,2001:db8::1,192.0.2.2'].map((text) => ({
      it: text,
      pools: dual,
      service: { annotations: wants(text) },
      refusal: 'InvalidRequest' as const,
      events: ['AllocationFailed'],
    })),
    {
      it: 'annotation and field together',
      pools: blue,
      service: { annotations: wants('192.0.2.1'), spec: { loadBalancerIP: '192.0.2.1' } },
      refusal: 'InvalidRequest',
      events: ['AllocationFailed'],
    },
  ],
  '8.3 addresses asked for are given, or nothing': [
    {
      it: 'by the field',
      pools: blue,
      service: { spec: { loadBalancerIP: '192.0.2.3' } },
      holds: 'blue 192.0.2.3',
      events: ['IPAllocated'],
    },
    {
      it: 'by the annotation, blanks allowed, also from a pool without autoAssign',
      pools: two,
      service: { spec: requiresDual, annotations: wants(' 2001:db8::1 , 198.51.100.1') },
      holds: 'dual 2001:db8::1 198.51.100.1',
      events: ['IPAllocated'],
    },
    {
      it: 'by the deprecated annotation',
      pools: blue,
      service: { annotations: { 'metallb.universe.tf/loadBalancerIPs': '192.0.2.2' } },
      holds: 'blue 192.0.2.2',
      events: ['IPAllocated'],
    },
    {
      it: 'not by the deprecated annotation when the present one is empty',
      pools: blue,
      service: { annotations: { ...wants(''), 'metallb.universe.tf/loadBalancerIPs': '192.0.2.2' } },
      holds: 'blue 192.0.2.0',
      events: ['IPAllocated'],
    },
    {
      it: 'not of a family that the Service does not have',
      pools: dual,
      service: { annotations: wants('2001:db8::1') },
      refusal: 'RequestFamilies',
      events: ['AllocationFailed'],
    },
    {
      it: 'not one where the Service has both families',
      pools: dual,
      service: { spec: prefersDual, annotations: wants('192.0.2.1') },
      refusal: 'RequestFamilies',
      events: ['AllocationFailed'],
    },
    {
      it: 'not from outside the pools',
      pools: blue,
      service: { annotations: wants('203.0.113.1') },
      refusal: 'OutsidePools',
      events: ['AllocationFailed'],
    },
    {
      it: 'not from two pools',
      pools: { ...blue, six: ['2001:db8::/126'] },
      service: { spec: requiresDual, annotations: wants('192.0.2.1,2001:db8::1') },
      refusal: 'OutsidePools',
      events: ['AllocationFailed'],
    },
    {
      it: 'not when the pool asked for is another',
      pools: two,
      service: { annotations: { ...wants('192.0.2.1'), ...wantsPool('dual') } },
      refusal: 'PoolMismatch',
      events: ['AllocationFailed'],
    },
    {
      it: 'not when somebody has it',
      pools: blue,
      others: [{ name: 'first' }],
      service: { annotations: wants('192.0.2.0') },
      refusal: 'AddressInUse',
      events: ['AllocationFailed'],
    },
    {
      it: 'not when it ends in .255 and the pool avoids such',
      pools: { blue: { addresses: ['192.0.2.0/24'], avoidBuggyIPs: true } },
      service: { annotations: wants('192.0.2.255') },
      refusal: 'OutsidePools',
      events: ['AllocationFailed'],
    },
    {
      it: 'not from a pool for others',
      pools: { blue: { addresses: ['192.0.2.0/24'], serviceAllocation: { namespaces: ['other'] } } },
      service: { annotations: wants('192.0.2.1') },
      refusal: 'PoolClosed',
      events: ['AllocationFailed'],
    },
  ],
  '8.4 a pool asked for is used, or nothing': [
    {
      it: 'also without autoAssign',
      pools: two,
      service: { annotations: wantsPool('dual') },
      holds: 'dual 198.51.100.0',
      events: ['IPAllocated'],
    },
    {
      it: 'not when it does not exist',
      pools: blue,
      service: { annotations: wantsPool('violet') },
      refusal: 'UnknownPool',
      events: ['AllocationFailed'],
    },
    {
      it: 'not when it is for others',
      pools: { blue: { addresses: ['192.0.2.0/24'], serviceAllocation: { namespaces: ['other'] } } },
      service: { annotations: wantsPool('blue') },
      refusal: 'PoolClosed',
      events: ['AllocationFailed'],
    },
    {
      it: 'not when it has no addresses of the family',
      pools: { ...blue, six: ['2001:db8::/126'] },
      service: { annotations: wantsPool('six') },
      refusal: 'NoSuitablePool',
      events: ['AllocationFailed'],
    },
  ],
  '8.5 otherwise pools meant for the Service, then pools for everybody': [
    {
      it: 'the lowest address, ranges in the order written',
      pools: { blue: ['192.0.2.8/31', '192.0.2.0/31'] },
      others: [{ name: 'a' }, { name: 'b' }],
      service: {},
      holds: 'blue 192.0.2.0',
      events: ['IPAllocated'],
    },
    {
      it: 'not one that ends in .0 where the pool avoids such',
      pools: { blue: { addresses: ['192.0.2.0/24'], avoidBuggyIPs: true } },
      service: {},
      holds: 'blue 192.0.2.1',
      events: ['IPAllocated'],
    },
    {
      it: 'meant by namespace',
      pools: { ...blue, pinned: { addresses: ['198.51.100.0/30'], serviceAllocation: { namespaces: ['default'] } } },
      service: {},
      holds: 'pinned 198.51.100.0',
      events: ['IPAllocated'],
    },
    {
      it: 'meant by one of several selectors',
      pools: {
        ...blue,
        pinned: {
          addresses: ['198.51.100.0/30'],
          serviceAllocation: { serviceSelectors: [{ matchLabels: { a: '1' } }, { matchLabels: { b: '2' } }] },
        },
      },
      service: { labels: { b: '2' } },
      holds: 'pinned 198.51.100.0',
      events: ['IPAllocated'],
    },
    {
      it: 'not meant where namespace fits and selector does not',
      pools: {
        ...blue,
        pinned: {
          addresses: ['198.51.100.0/30'],
          serviceAllocation: { namespaces: ['default'], serviceSelectors: [{ matchLabels: { a: '1' } }] },
        },
      },
      service: {},
      holds: 'blue 192.0.2.0',
      events: ['IPAllocated'],
    },
    {
      it: 'of those meant, the one with the smaller priority; none comes last',
      pools: {
        none: { addresses: ['198.51.100.0/32'], serviceAllocation: { namespaces: ['default'] } },
        second: { addresses: ['198.51.100.1/32'], serviceAllocation: { namespaces: ['default'], priority: 20 } },
        third: { addresses: ['198.51.100.2/32'], serviceAllocation: { namespaces: ['default'], priority: 10 } },
      },
      service: {},
      holds: 'third 198.51.100.2',
      events: ['IPAllocated'],
    },
    {
      it: 'an open pool when those meant are exhausted',
      pools: { ...blue, pinned: { addresses: ['198.51.100.0/32'], serviceAllocation: { namespaces: ['default'] } } },
      others: [{ name: 'first' }],
      service: {},
      holds: 'blue 192.0.2.0',
      events: ['IPAllocated'],
    },
    {
      it: 'no pool without autoAssign',
      pools: { blue: { addresses: ['192.0.2.0/24'], autoAssign: false } },
      service: {},
      refusal: 'NoSuitablePool',
      events: ['AllocationFailed'],
    },
    {
      it: 'nothing when all are exhausted',
      pools: { blue: ['192.0.2.0/32'] },
      others: [{ name: 'first' }],
      service: {},
      refusal: 'PoolExhausted',
      events: ['AllocationFailed'],
    },
  ],
  '8.5 with both families': [
    {
      it: 'both come from one pool, IPv4 first',
      pools: { a: ['203.0.113.0/30'], dual: ['2001:db8::/126', '192.0.2.0/30'] },
      service: { spec: requiresDual },
      holds: 'dual 192.0.2.0 2001:db8::',
      events: ['IPAllocated'],
    },
    {
      it: 'RequireDualStack is not served from two pools',
      pools: { ...blue, six: ['2001:db8::/126'] },
      service: { spec: requiresDual },
      refusal: 'NoSuitablePool',
      events: ['AllocationFailed'],
    },
    {
      it: 'PreferDualStack falls back to the primary family',
      pools: { ...blue, six: ['2001:db8::/126'] },
      service: { spec: { ...prefersDual, ipFamilies: ['IPv6', 'IPv4'] } },
      holds: 'six 2001:db8::',
      events: ['IPAllocated'],
    },
    {
      it: 'and then to the other one',
      pools: { six: ['2001:db8::/126'] },
      service: { spec: prefersDual },
      holds: 'six 2001:db8::',
      events: ['IPAllocated'],
    },
    {
      it: 'PreferDualStack takes one from a pool meant for it before both from an open pool',
      pools: { ...dual, pinned: { addresses: ['198.51.100.0/32'], serviceAllocation: { namespaces: ['default'] } } },
      service: { spec: prefersDual },
      holds: 'pinned 198.51.100.0',
      events: ['IPAllocated'],
    },
    {
      it: 'SingleStack with two cluster IPs contradicts itself',
      pools: dual,
      service: { spec: dualStack },
      refusal: 'ClusterIPFamilies',
      events: ['AllocationFailed'],
    },
  ],
  sharing: [
    {
      it: 'with the same key and other ports, before a free address',
      pools: blue,
      others: [{ name: 'first', annotations: shares('k') }],
      service: { annotations: shares('k'), spec: { ports: [{ port: 443 }] } },
      holds: 'blue 192.0.2.0',
      events: ['IPAllocated'],
    },
    {
      it: 'TCP and UDP of one number are different ports',
      pools: blue,
      others: [{ name: 'first', annotations: shares('k') }],
      service: { annotations: shares('k'), spec: { ports: [{ port: 80, protocol: 'UDP' }] } },
      holds: 'blue 192.0.2.0',
      events: ['IPAllocated'],
    },
    {
      it: 'a port that is taken leads to the next address',
      pools: blue,
      others: [{ name: 'first', annotations: shares('k') }],
      service: { annotations: shares('k') },
      holds: 'blue 192.0.2.1',
      events: ['IPAllocated'],
    },
    {
      it: 'not without a key',
      pools: { blue: ['192.0.2.0/32'] },
      others: [{ name: 'first', annotations: shares('k') }],
      service: { spec: { ports: [{ port: 443 }] } },
      refusal: 'PoolExhausted',
      events: ['AllocationFailed'],
    },
    {
      it: 'not of an address asked for whose port is taken',
      pools: blue,
      others: [{ name: 'first', annotations: shares('k') }],
      service: { annotations: { ...shares('k'), ...wants('192.0.2.0') } },
      refusal: 'PortInUse',
      events: ['AllocationFailed'],
    },
    {
      it: 'with traffic policy Local only for the same pods',
      pools: { blue: ['192.0.2.0/32'] },
      others: [
        { name: 'first', annotations: shares('k'), spec: { externalTrafficPolicy: 'Local', selector: { a: '1' } } },
      ],
      service: {
        annotations: shares('k'),
        spec: { externalTrafficPolicy: 'Local', selector: { a: '2' }, ports: [{ port: 443 }] },
      },
      refusal: 'PoolExhausted',
      events: ['AllocationFailed'],
    },
    {
      it: 'with traffic policy Local for the same pods, the selector in another order',
      pools: { blue: ['192.0.2.0/32'] },
      others: [
        {
          name: 'first',
          annotations: shares('k'),
          spec: { externalTrafficPolicy: 'Local', selector: { a: '1', b: '2' } },
        },
      ],
      service: {
        annotations: shares('k'),
        spec: { externalTrafficPolicy: 'Local', selector: { b: '2', a: '1' }, ports: [{ port: 443 }] },
      },
      holds: 'blue 192.0.2.0',
      events: ['IPAllocated'],
    },
    {
      it: 'of both addresses of a dual-stack Service',
      pools: { dual: ['192.0.2.0/32', '2001:db8::/128'] },
      others: [{ name: 'first', annotations: shares('k'), spec: requiresDual }],
      service: { annotations: shares('k'), spec: { ...requiresDual, ports: [{ port: 443 }] } },
      holds: 'dual 192.0.2.0 2001:db8::',
      events: ['IPAllocated'],
    },
  ],
}

describe('a pass over a Service', () => {
  for (const [step, cases] of Object.entries(rows)) {
    describe(step, () => {
      for (const row of cases) {
        it(row.it, () => {
          const allocator = new Allocator()
          allocator.setPools(pools(row.pools))
          for (const other of row.others ?? []) allocator.decide(request(other))
          const { refusal, events } = allocator.decide(request(row.service))
          expect(holdingOf(allocator, 'default/web')).to.equal(row.holds)
          expect(refusal?.reason, refusal?.message).to.equal(row.refusal)
          expect(events.map(({ reason }) => reason)).to.deep.equal(row.events ?? [])
        })
      }
    })
  }

  it('changes nothing when nothing changed', () => {
    const allocator = new Allocator()
    allocator.setPools(pools(dual))
    const first = allocator.decide(request({ spec: requiresDual }))
    const second = allocator.decide(request({ spec: requiresDual, has: ['192.0.2.0', '2001:db8::'] }))
    expect(second.status).to.deep.equal(first.status)
    expect(second.events).to.deep.equal([])
  })

  it('gives the same address again while the first write has not come through', () => {
    const allocator = new Allocator()
    allocator.setPools(pools(blue))
    allocator.decide(request({ name: 'other' }))
    allocator.decide(request({}))
    allocator.forget('default/other')
    allocator.decide(request({}))
    expect(holdingOf(allocator, 'default/web')).to.equal('blue 192.0.2.1')
  })

  it('names every pool considered, and why it would not do', () => {
    const allocator = new Allocator()
    allocator.setPools(
      pools({
        full: ['192.0.2.0/32'],
        manual: { addresses: ['198.51.100.0/24'], autoAssign: false },
        others: { addresses: ['203.0.113.0/24'], serviceAllocation: { namespaces: ['other'] } },
        six: ['2001:db8::/64'],
      }),
    )
    allocator.decide(request({ name: 'first' }))
    expect(allocator.decide(request({})).refusal?.message).to.equal(
      'no pool can serve IPv4: full: no free IPv4 address; six: no IPv4 addresses; ' +
        'manual: autoAssign is off; others: not open to this Service',
    )
  })

  it('says who is in the way of an address asked for', () => {
    const allocator = new Allocator()
    allocator.setPools(pools(blue))
    allocator.decide(request({ name: 'first', annotations: shares('k') }))
    const wanting = (annotations: Record<string, string>, spec: object = {}) =>
      allocator.decide(request({ annotations: { ...annotations, ...wants('192.0.2.0') }, spec })).refusal?.message
    expect(wanting({})).to.include('192.0.2.0 is in use by default/first').and.include('no sharing key')
    expect(wanting(shares('k'))).to.equal('port TCP/80 of 192.0.2.0 is in use by default/first')
  })
})
