import { expect } from 'chai'
import { Allocator } from './allocator.ts'
import { dualStack, pools, request } from './testing/requests.ts'
import { blue, checkRows, dual, prefersDual, requiresDual, two, wants, wantsPool } from './testing/rows.ts'

describe('a Service without an address gets one', () => {
  checkRows({
    '1. the families of the Service count': [
      {
        it: 'a Service that is IPv6 gets IPv6',
        pools: dual,
        service: { spec: { clusterIPs: ['fd00:96::1'] } },
        holds: 'dual 2001:db8::',
        events: ['IPAllocated'],
      },
    ],
    '2. a request that cannot be read is refused whole': [
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
    '3. addresses asked for are given, or nothing': [
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
    '5. a pool asked for is used, or nothing': [
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
    '6. otherwise pools meant for the Service, then pools for everybody': [
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
    'with both families': [
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
})
