import { blue, checkRows, dual, requiresDual, two, wants, wantsPool } from './testing/rows.ts'

describe('a Service that has addresses', () => {
  checkRows({
    'keeps them unless something forbids it': [
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
  })
})
