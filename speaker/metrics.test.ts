import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Registry } from 'prom-client'
import type { AddressCounters } from './layer2/book.ts'
import { createSpeakerMetrics } from './metrics.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/metrics.md'), 'utf8')

describe('the metrics of the speaker', () => {
  const counters = new Map<string, AddressCounters>()
  const registry = new Registry()
  const metrics = createSpeakerMetrics(registry, {
    layer2: () => counters,
    memberList: () => undefined,
    settled: async () => undefined,
  })

  const lines = async (name: string) =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith(name) && !line.startsWith('#'))

  it('are those of the page about metrics, all of them', async () => {
    const names = (await registry.getMetricsAsJSON()).map(({ name }) => name)
    const registered = names.filter((name) => !name.startsWith('metallb_k8s_client_'))
    const documented = page.match(/metallb_(?!allocator|k8s_client|controller)[a-z0-9]+_[a-z0-9_]*[a-z0-9]/g)
    expect([...new Set(documented)].sort()).to.deep.equal(registered.sort())
  })

  it("count what layer 2 has counted, under MetalLB's names", async () => {
    counters.set('192.0.2.1', { requestsReceived: 3, responsesSent: 2, gratuitousSent: 0 })
    expect(await lines('metallb_layer2')).to.deep.equal([
      'metallb_layer2_requests_received{ip="192.0.2.1"} 3',
      'metallb_layer2_responses_sent{ip="192.0.2.1"} 2',
    ])
    counters.set('192.0.2.1', { requestsReceived: 4, responsesSent: 3, gratuitousSent: 2 })
    expect(await lines('metallb_layer2')).to.include('metallb_layer2_requests_received{ip="192.0.2.1"} 4')
  })

  it('name what is announced, and nothing that is not any more', async () => {
    const labels = { service: 'web/a', protocol: 'layer2', node: 'n1', ip: '192.0.2.1' }
    metrics.announced(labels, true)
    expect(await lines('metallb_speaker_announced')).to.deep.equal([
      'metallb_speaker_announced{service="web/a",protocol="layer2",node="n1",ip="192.0.2.1"} 1',
    ])
    metrics.announced(labels, false)
    expect(await lines('metallb_speaker_announced')).to.deep.equal([])
  })
})
