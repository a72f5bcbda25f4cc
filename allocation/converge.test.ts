import { expect } from 'chai'
import { Allocator } from './allocator.ts'
import { holdingOf, pools, request } from './testing/requests.ts'
import { blue, checkRows, dual, requiresDual } from './testing/rows.ts'

describe('a pass over a Service', () => {
  checkRows({
    '1. only a Service of type LoadBalancer has addresses': [
      { it: 'another type has none', pools: blue, service: { spec: { type: 'ClusterIP' } } },
      {
        it: 'another type loses what it has',
        pools: blue,
        service: { spec: { type: 'NodePort' }, has: ['192.0.2.1'] },
      },
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
      {
        it: 'so it is adopted without an event',
        pools: blue,
        service: { has: ['192.0.2.2'] },
        holds: 'blue 192.0.2.2',
      },
    ],
  })

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
})
