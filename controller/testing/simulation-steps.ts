/** What can happen in a simulation. */
import fc from 'fast-check'
import { allOutcomes, type Outcome, slowKinds } from './link.ts'
import {
  namespaceLabels,
  nodeAddresses,
  phases,
  poolSpecs,
  readiness,
  reservationSpecs,
  type Shape,
  shapes,
} from './simulation-objects.ts'

/** `process` and `pick` count around what there is. */
export type Step =
  | { readonly kind: 'apply'; readonly key: string; readonly shape: Shape; readonly replaces: boolean }
  | { readonly kind: 'delete'; readonly key: string }
  /** Somebody removes what we wrote. */
  | { readonly kind: 'tamper'; readonly key: string; readonly what: 'annotation' | 'conditions' | 'ingress' }
  | { readonly kind: 'pool'; readonly name: string; readonly spec: object | null }
  | { readonly kind: 'reservation'; readonly name: string; readonly spec: object | null }
  | { readonly kind: 'namespace'; readonly name: string; readonly labels: Record<string, string> | null }
  | { readonly kind: 'node'; readonly addresses: readonly string[] }
  /** Null: there is no slice, or no status. */
  | { readonly kind: 'endpoints'; readonly key: string; readonly conditions: { readonly ready: boolean } | null }
  | { readonly kind: 'speaker'; readonly phase: (typeof phases)[number] | null }
  | { readonly kind: 'compact' }
  | { readonly kind: 'serve'; readonly process: number; readonly pick: number; readonly outcome: Outcome }
  | { readonly kind: 'deliver'; readonly process: number; readonly plural: string; readonly count: number }
  | { readonly kind: 'repeat'; readonly process: number; readonly plural: string }
  | {
      readonly kind: 'break'
      readonly process: number
      readonly plural: string
      readonly how: 'ends' | 'breaks' | 'expires'
    }
  | { readonly kind: 'wait'; readonly millis: number }
  | { readonly kind: 'flow' }
  | { readonly kind: 'restart'; readonly process: number; readonly how: 'killed' | 'stopped' }
  | { readonly kind: 'freeze' | 'thaw'; readonly process: number }
  | { readonly kind: 'rest' }

export const keys = [
  ...['default/a', 'default/b', 'default/c', 'default/d', 'default/e'],
  ...['shop/a', 'shop/b', 'shop/c'],
]

const oneOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const orNull = <T>(values: readonly T[]): fc.Arbitrary<T | null> => fc.option(oneOf(values))
const just = <T extends string>(kind: T): fc.Arbitrary<T> => fc.constant(kind)
const key = oneOf(keys)
const plural = oneOf(slowKinds)
const outcome = fc.oneof(
  { weight: 5, arbitrary: just('done') },
  { weight: 1, arbitrary: just('done, answer late') },
  { weight: 4, arbitrary: oneOf(allOutcomes) },
)
const process = fc.nat({ max: 1 })
const poolSpec = fc.oneof({ weight: 5, arbitrary: oneOf(poolSpecs) }, { weight: 1, arbitrary: fc.constant(null) })

const stepsByWeight: readonly [weight: number, arbitrary: fc.Arbitrary<Step>][] = [
  [14, fc.record({ kind: just('apply'), key, shape: oneOf(shapes), replaces: fc.boolean() })],
  [5, fc.record({ kind: just('delete'), key })],
  [1, fc.record({ kind: just('tamper'), key, what: oneOf(['annotation', 'conditions', 'ingress'] as const) })],
  [4, fc.tuple(poolSpec).map(([one]) => poolStep(one))],
  [1, fc.record({ kind: just('namespace'), name: oneOf(['default', 'shop']), labels: orNull(namespaceLabels) })],
  [1, fc.record({ kind: just('node'), addresses: oneOf(nodeAddresses) })],
  [2, fc.record({ kind: just('reservation'), name: oneOf(['r1', 'r2']), spec: orNull(reservationSpecs) })],
  [3, fc.record({ kind: just('endpoints'), key, conditions: orNull(readiness) })],
  [1, fc.record({ kind: just('speaker'), phase: orNull(phases) })],
  [1, fc.record({ kind: just('compact') })],
  [16, fc.record({ kind: just('serve'), process, pick: fc.nat({ max: 3 }), outcome })],
  [14, fc.record({ kind: just('deliver'), process, plural, count: fc.nat({ max: 4 }) })],
  [1, fc.record({ kind: just('repeat'), process, plural })],
  [2, fc.record({ kind: just('break'), process, plural, how: oneOf(['ends', 'breaks', 'expires'] as const) })],
  [4, fc.record({ kind: just('wait'), millis: oneOf([100, 500, 3_000, 12_000]) })],
  [7, fc.record({ kind: just('flow') })],
  [2, fc.record({ kind: just('restart'), process, how: oneOf(['killed', 'stopped'] as const) })],
  [1, fc.record({ kind: oneOf(['freeze', 'thaw'] as const), process })],
  [2, fc.record({ kind: just('rest') })],
]

export const steps: fc.Arbitrary<Step> = fc.oneof(
  ...stepsByWeight.map(([weight, arbitrary]) => ({ weight, arbitrary })),
)

function poolStep(row: (typeof poolSpecs)[number] | null): Step {
  if (row === null) return { kind: 'pool', name: 'blue', spec: null }
  const [name, spec] = row
  return { kind: 'pool', name, spec }
}
