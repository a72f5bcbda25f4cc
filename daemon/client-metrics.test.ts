import { expect } from 'chai'
import { Registry } from 'prom-client'
import { createClientMetrics } from './client-metrics.ts'

describe('the metrics of what is watched', () => {
  it('tell the state of the configuration and count updates and lost events', async () => {
    const registry = new Registry()
    const metrics = createClientMetrics(registry)
    metrics.config({ loaded: true, stale: true })
    metrics.update(false)
    metrics.update(true)
    metrics.eventsDropped(3)
    const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(lines).to.deep.equal([
      'metallb_k8s_client_config_loaded_bool 1',
      'metallb_k8s_client_config_stale_bool 1',
      'metallb_k8s_client_updates_total 2',
      'metallb_k8s_client_update_errors_total 1',
      'metallb_k8s_client_events_dropped_total 3',
    ])
  })
})
