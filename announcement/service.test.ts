import type { V1LoadBalancerIngress, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { parseConfig } from '../config/parse.ts'
import type { Config } from '../config/snapshot.ts'
import { formatAddress } from '../net/address.ts'
import { judgeService } from './service.ts'

function load(pools: Record<string, string[]>): Config {
  const result = parseConfig({
    pools: Object.entries(pools).map(([name, addresses]) => ({ metadata: { name }, spec: { addresses } })),
  })
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result.config
}

function service(ingress: V1LoadBalancerIngress[] | undefined, type = 'LoadBalancer'): V1Service {
  return { spec: { type }, status: { loadBalancer: ingress ? { ingress } : {} } }
}

describe('judgeService', () => {
  const config = load({ blue: ['192.0.2.0/24', '2001:db8::/120'], green: ['198.51.100.1-198.51.100.9'] })

  const refusals: { sentence: string; service: V1Service; reason: string }[] = [
    {
      sentence: 'refuses a Service of another type',
      service: service([{ ip: '192.0.2.1' }], 'ClusterIP'),
      reason: 'notLoadBalancer',
    },
    { sentence: 'refuses a Service without addresses', service: service([]), reason: 'noIPAllocated' },
    { sentence: 'refuses a Service without a status', service: service(undefined), reason: 'noIPAllocated' },
    {
      sentence: 'refuses a Service with an unreadable address',
      service: service([{ ip: '192.0.2.1' }, { ip: '192.0.2.010' }]),
      reason: 'invalidIP',
    },
    {
      sentence: 'refuses a Service with a host name',
      service: service([{ hostname: 'lb.example.com' }]),
      reason: 'invalidIP',
    },
    {
      sentence: 'refuses an address outside every pool',
      service: service([{ ip: '203.0.113.1' }]),
      reason: 'ipNotAllowed',
    },
    {
      sentence: 'refuses addresses of two pools',
      service: service([{ ip: '192.0.2.1' }, { ip: '198.51.100.1' }]),
      reason: 'ipNotAllowed',
    },
  ]
  for (const { sentence, service, reason } of refusals) {
    it(sentence, () => {
      expect(judgeService(service, config)).to.deep.equal({ announceable: false, reason })
    })
  }

  it('finds the pool that holds all addresses', () => {
    const verdict = judgeService(service([{ ip: '2001:db8::a' }, { ip: '192.0.2.255' }]), config)
    if (!verdict.announceable) throw new Error(verdict.reason)
    expect(verdict.pool.name).to.equal('blue')
    expect(verdict.addresses.map(formatAddress)).to.deep.equal(['2001:db8::a', '192.0.2.255'])
  })
})
