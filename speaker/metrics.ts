import { Counter, Gauge, type Registry } from 'prom-client'
import { type ClientMetrics, createClientMetrics } from '../daemon/client-metrics.ts'
import type { AddressCounters } from './layer2/book.ts'
import { type MemberListView, registerMemberMetrics } from './member-metrics.ts'

/** What the metrics say, and how it is changed. Names and labels are MetalLB's. */
export interface SpeakerMetrics extends ClientMetrics {
  announced(labels: AnnouncedLabels, is: boolean): void
  problem(reason: string, is: boolean): void
  conflict(ip: string): void
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

/** Where the metrics are read from when somebody asks. */
export interface SpeakerMetricsSources {
  readonly layer2: () => ReadonlyMap<string, AddressCounters>
  /** Undefined: there is none. */
  readonly memberList: () => MemberListView | undefined
  /** Resolves when all that is announced, and no longer announced, has been told. */
  readonly settled: () => Promise<void>
}

export function createSpeakerMetrics(
  registry: Registry,
  { layer2, memberList, settled }: SpeakerMetricsSources,
): SpeakerMetrics {
  registerMemberMetrics(registry, memberList)
  for (const row of layer2Counters) registerLayer2Counter(registry, row, layer2)
  const announced = new Gauge({
    name: 'metallb_speaker_announced',
    help: 'Addresses that this node announces, by Service and protocol',
    labelNames: ['service', 'protocol', 'node', 'ip'],
    registers: [registry],
    collect: settled, // an owner that has stopped answering is none, however many Services wait to be looked at
  })
  const problem = new Gauge({
    name: 'metallb_speaker_problem',
    help: 'Problems that this speaker finds on its node, by reason',
    labelNames: ['reason'],
    registers: [registry],
  })
  const conflicts = new Counter({
    name: 'metallb_layer2_address_conflicts_total',
    help: 'Times that a host which is no speaker was seen to have an address that this node answers or asks for',
    labelNames: ['ip'],
    registers: [registry],
  })
  return {
    ...createClientMetrics(registry),
    conflict: (ip) => conflicts.inc({ ip }),
    problem: (reason, is) => (is ? problem.set({ reason }, 1) : problem.remove({ reason })),
    announced: (labels, is) => (is ? announced.set({ ...labels }, 1) : announced.remove({ ...labels })),
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
