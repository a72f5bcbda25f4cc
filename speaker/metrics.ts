import { Counter, Gauge, type Registry } from 'prom-client'
import type { AddressCounters } from './layer2/book.ts'

/** What the metrics say, and how it is changed. Names and labels are MetalLB's. */
export interface SpeakerMetrics {
  announced(labels: AnnouncedLabels, is: boolean): void
  config(state: { loaded: boolean; stale: boolean }): void
  /** A Service was processed; `failed` when that went wrong. */
  update(failed: boolean): void
}

interface AnnouncedLabels {
  service: string
  protocol: string
  node: string
  ip: string
}

const layer2Counters: readonly { name: string; help: string; field: keyof AddressCounters }[] = [
  {
    name: 'metallb_layer2_requests_received',
    help: 'ARP and NDP requests received for addresses that this node announces',
    field: 'requestsReceived',
  },
  {
    name: 'metallb_layer2_responses_sent',
    help: 'ARP and NDP responses sent for addresses that this node announces',
    field: 'responsesSent',
  },
  {
    name: 'metallb_layer2_gratuitous_sent',
    help: 'Unsolicited ARP and NDP packets sent for addresses that this node announces',
    field: 'gratuitousSent',
  },
]

export function createSpeakerMetrics(
  registry: Registry,
  layer2: () => ReadonlyMap<string, AddressCounters>,
): SpeakerMetrics {
  for (const row of layer2Counters) registerLayer2Counter(registry, row, layer2)
  const registers = [registry]
  const announced = new Gauge({
    name: 'metallb_speaker_announced',
    help: 'Addresses that this node announces, by Service and protocol',
    labelNames: ['service', 'protocol', 'node', 'ip'],
    registers,
  })
  const gauge = (name: string, help: string) => new Gauge({ name: `metallb_k8s_client_${name}`, help, registers })
  const counter = (name: string, help: string) => new Counter({ name: `metallb_k8s_client_${name}`, help, registers })
  const loaded = gauge('config_loaded_bool', '1 when a valid configuration has been loaded at least once')
  const stale = gauge('config_stale_bool', '1 when the newest configuration is invalid and an older one is in force')
  const updates = counter('updates_total', 'Services processed')
  const errors = counter('update_errors_total', 'Services whose processing failed')
  return {
    announced: (labels, is) => (is ? announced.set({ ...labels }, 1) : announced.remove({ ...labels })),
    config: (state) => {
      loaded.set(Number(state.loaded))
      stale.set(Number(state.stale))
    },
    update: (failed) => {
      updates.inc()
      if (failed) errors.inc()
    },
  }
}

/** Counted where packets are answered, for which a metric is too slow; copied when somebody asks. */
function registerLayer2Counter(
  registry: Registry,
  { name, help, field }: (typeof layer2Counters)[number],
  layer2: () => ReadonlyMap<string, AddressCounters>,
): void {
  new Counter({
    name,
    help,
    labelNames: ['ip'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [ip, counters] of layer2()) if (counters[field] > 0) this.inc({ ip }, counters[field])
    },
  })
}
