import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Registry } from 'prom-client'
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
})
