/** Histories that went wrong once and that chance finds too rarely. */
import type { Step } from './simulation-steps.ts'

const blue = { addresses: ['192.0.2.0/32'] }
const forNobody = { namespaces: ['shop'], serviceSelectors: [{ matchLabels: { app: 'no' } }] }

const pool = (name: string, spec: object | null): Step => ({ kind: 'pool', name, spec })
const poolsArrive: Step = { kind: 'deliver', process: 0, plural: 'ipaddresspools', count: 0 }
const create = (key: string): Step => ({ kind: 'apply', key, shape: {}, replaces: false })
const servicesArrive: Step = { kind: 'deliver', process: 0, plural: 'services', count: 0 }
const serve = (outcome: 'done' | 'done, answer late' | 'answer lost'): Step => ({
  kind: 'serve',
  process: 0,
  pick: 0,
  outcome,
})

export const knownHistories: Readonly<Record<string, readonly Step[]>> = {
  'also where a user, and the watch, are faster than the answer to a write': [
    ...[{ kind: 'rest' } as const, create('default/a'), servicesArrive, serve('done, answer late')],
    { kind: 'apply', key: 'default/a', shape: { spec: { loadBalancerIP: '192.0.2.2' } }, replaces: false },
    ...[servicesArrive, serve('done')],
  ],
  'also where an answer is lost, the watch is late, and what was written is not to be any more': [
    ...[pool('green', null), pool('dual', null), pool('blue', { ...blue, serviceAllocation: forNobody })],
    ...[create('default/a'), { kind: 'flow' } as const, create('shop/a'), { kind: 'rest' } as const],
    // Both wait; one gets the address, and nobody here knows that it is written.
    ...[pool('blue', blue), poolsArrive, serve('answer lost')],
    // It may not have it any more, so that its status is, as far as one knows, what it ought to be.
    ...[pool('blue', { ...blue, serviceAllocation: { namespaces: ['shop'] } }), poolsArrive],
    ...[{ kind: 'wait', millis: 500 } as const, serve('done'), serve('done'), serve('done'), serve('done')],
  ],
}
