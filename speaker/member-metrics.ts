import { Counter, Gauge, type Registry } from 'prom-client'
import type { MemberListCounters } from './membership/member-list.ts'
import { refusals } from './membership/sessions.ts'

/** What the metrics of the member list are read from when somebody asks. */
export interface MemberListView {
  counters(): MemberListCounters
  /** Of each other speaker. */
  lives(): Iterable<'absent' | 'alive' | 'dead'>
}

type Rows = Iterable<readonly [label: string, value: number]>

interface Row {
  readonly kind: typeof Counter | typeof Gauge
  readonly name: string
  readonly help: string
  readonly label?: string
  readonly read: (view: MemberListView) => Rows
}

const rows: readonly Row[] = [
  {
    kind: Counter,
    name: 'metallb_speaker_membership_sent_total',
    help: 'Datagrams sent to other speakers',
    read: (view) => [['', view.counters().sent]],
  },
  {
    kind: Counter,
    name: 'metallb_speaker_membership_received_total',
    help: 'Datagrams received on the port of the member list',
    read: (view) => [['', view.counters().received]],
  },
  {
    kind: Counter,
    name: 'metallb_speaker_membership_refused_total',
    help: 'Datagrams received and refused, by reason',
    label: 'reason',
    read: (view) => refusals.map((reason) => [reason, view.counters().refused.get(reason) ?? 0]),
  },
  {
    kind: Counter,
    name: 'metallb_speaker_membership_send_failures_total',
    help: 'Datagrams that the kernel did not send, by the code of its error',
    label: 'code',
    read: (view) => view.counters().failures,
  },
  {
    kind: Gauge,
    name: 'metallb_speaker_membership_members',
    help: 'Other speakers, by what is believed of them',
    label: 'life',
    read: (view) => count(view.lives()),
  },
]

/** Undefined: there is no member list, and nothing to count. */
export function registerMemberMetrics(registry: Registry, view: () => MemberListView | undefined): void {
  for (const { kind: Metric, name, help, label, read } of rows) {
    new Metric({
      ...{ name, help, registers: [registry], labelNames: label === undefined ? [] : [label] },
      collect(this: Counter | Gauge) {
        this.reset()
        const current = view()
        if (current === undefined) return
        for (const [value, amount] of read(current)) this.inc(label === undefined ? {} : { [label]: value }, amount)
      },
    })
  }
}

function count(lives: Iterable<'absent' | 'alive' | 'dead'>): Map<string, number> {
  const counts = new Map([
    ['absent', 0],
    ['alive', 0],
    ['dead', 0],
  ])
  for (const life of lives) counts.set(life, counts.get(life)! + 1)
  return counts
}
