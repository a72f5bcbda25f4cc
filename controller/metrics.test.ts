import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Registry } from 'prom-client'
import { Allocator } from '../allocation/allocator.ts'
import { pools, request } from '../allocation/testing/requests.ts'
import { createClientMetrics } from '../daemon/client-metrics.ts'
import { registerLeaderMetric, registerPoolMetrics } from './metrics.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/metrics.md'), 'utf8')

describe('the metrics of the controller', () => {
  it('are those of the page about metrics, all of them', async () => {
    const registry = new Registry()
    createClientMetrics(registry)
    registerPoolMetrics(registry, () => [])
    registerLeaderMetric(registry, () => true)
    const registered = (await registry.getMetricsAsJSON()).map(({ name }) => name)
    const documented = page.match(/metallb_(allocator|k8s_client|controller)_[a-z0-9_]+[a-z0-9]/g)
    expect([...new Set(documented)].sort()).to.deep.equal(registered.sort())
  })

  it('count as usable what a pool does not exclude, and what it excludes while a Service has it', async () => {
    const registry = new Registry()
    const allocator = new Allocator()
    const web = request({ name: 'web' })
    const addresses = ['192.0.2.0/30', '2001:db8::/126']
    registerPoolMetrics(registry, () => allocator.pools)
    const gauge = async (name: string) =>
      (await registry.getSingleMetric(`metallb_allocator_${name}`)!.get()).values[0]?.value
    allocator.setPools(pools({ lan: addresses }))
    allocator.decide(web)
    expect(await gauge('addresses_total')).to.equal(8)
    allocator.setPools(pools({ lan: { addresses, exclude: ['192.0.2.0/31'] } }))
    expect(await gauge('addresses_in_use_total')).to.equal(1)
    expect(await gauge('addresses_total')).to.equal(7)
    expect(await gauge('ipv4_addresses_total')).to.equal(3)
    expect(await gauge('ipv6_addresses_total')).to.equal(4)
    allocator.forget(web.key)
    expect(await gauge('ipv4_addresses_total')).to.equal(2)
  })
})
