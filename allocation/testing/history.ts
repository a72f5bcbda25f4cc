import fc from 'fast-check'
import type { ReservationSpec } from '../../config/reservation.ts'
import type { Pool } from '../../config/snapshot.ts'
import type { Withheld } from '../withheld.ts'
import { dualStack, pools, reservation, type ServiceText, withheld } from './requests.ts'

/** One thing that happens to a cluster. */
export type Command =
  | { readonly kind: 'apply'; readonly key: string; readonly shape: Shape }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'pools'; readonly pools: readonly Pool[] }
  | { readonly kind: 'withhold'; readonly source: string; readonly addresses: readonly Withheld[] }
  | { readonly kind: 'reserve'; readonly name: string; readonly reservation: ReservationSpec | undefined }
  /** The next Service in the queue is looked at; `fails`: the status cannot be written. */
  | { readonly kind: 'work'; readonly fails: boolean }
  | { readonly kind: 'restart' }

/** A Service without name and status. */
export type Shape = Omit<ServiceText, 'name' | 'namespace' | 'has'>

const shares = (key: string) => ({ annotations: { 'metallb.io/allow-shared-ip': key } })
const onPort = (port: number, spec: object = {}) => ({ spec: { ...spec, ports: [{ port }] } })
const prefersDual = { ...dualStack, ipFamilyPolicy: 'PreferDualStack' }
const requiresDual = { ...dualStack, ipFamilyPolicy: 'RequireDualStack' }
const ipv6 = { clusterIPs: ['fd00:96::1'] }

const shapes: readonly Shape[] = [
  {},
  onPort(443),
  { labels: { app: 'web' } },
  { ...shares('k'), ...onPort(80) },
  { ...shares('k'), ...onPort(443) },
  { ...shares('other'), ...onPort(443), labels: { app: 'web' } },
  { spec: requiresDual },
  { spec: prefersDual, labels: { app: 'web' } },
  { spec: prefersDual },
  { ...shares('k'), ...onPort(53, prefersDual) },
  { spec: ipv6 },
  { spec: { loadBalancerIP: '192.0.2.1' } },
  { spec: { ...requiresDual }, annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.0,2001:db8::' } },
  { annotations: { 'metallb.io/address-pool': 'green' } },
  { spec: prefersDual, annotations: { 'metallb.io/address-pool': 'dual' } },
  { spec: { type: 'ClusterIP' } },
  { spec: { clusterIPs: [] } },
]

const layouts: readonly (readonly Pool[])[] = [
  { blue: ['192.0.2.0/30'] },
  { blue: ['192.0.2.2/31', '192.0.2.0/32'], green: { addresses: ['192.0.2.1/32'], autoAssign: false } },
  { blue: { addresses: ['192.0.2.0/30'], exclude: ['192.0.2.1', '192.0.2.3/32'] } },
  { blue: { addresses: ['192.0.2.0/31'], serviceAllocation: { namespaces: ['shop'] } }, green: ['192.0.2.2/31'] },
  {
    blue: { addresses: ['192.0.2.0/31'], serviceAllocation: { namespaces: ['shop', 'default'] } },
    green: ['192.0.2.2/31'],
  },
  { blue: { addresses: ['192.0.2.0/30'], disabled: true }, green: ['192.0.2.4/31'] },
  { dual: ['192.0.2.0/31', '2001:db8::/127'] },
  { dual: { addresses: ['192.0.2.0/30', '2001:db8::/126'], quota: 2 } },
  { dual: { addresses: ['192.0.2.0/30', '2001:db8::/127'], probeBeforeUse: true } },
  { dual: { addresses: ['192.0.2.0/30', '2001:db8::/127'], quota: 1 }, blue: ['192.0.2.4/32'] },
  {
    dual: {
      addresses: ['192.0.2.0/31', '192.0.2.2/31', '2001:db8::/126'],
      allocation: 'Balanced' as const,
      exclude: ['2001:db8::1-2001:db8::2'],
    },
  },
  { four: ['192.0.2.0/30'], six: { addresses: ['2001:db8::/126'], serviceAllocation: { namespaces: ['default'] } } },
  {
    four: { addresses: ['192.0.2.0/30'], serviceAllocation: { serviceSelectors: [{ matchLabels: { app: 'web' } }] } },
    dual: { addresses: ['192.0.2.4/31', '2001:db8::/126'], autoAssign: false, quota: 2 },
  },
  { buggy: { addresses: ['192.0.2.0/30', '2001:db8::/128'], avoidBuggyIPs: true, allocation: 'Balanced' as const } },
  {},
].map((specs) => pools(specs))

const reserved: readonly (readonly [addresses: string[], whom: string])[] = [
  [['192.0.2.1'], 'default/a'],
  [['192.0.2.0/31'], 'shop'],
  [['192.0.2.2', '2001:db8::'], 'app=web'],
  [['2001:db8::/127'], 'default'],
  [['192.0.2.0/30', '2001:db8::/126'], 'shop/e'],
  [['2001:db8::1'], 'default/b'],
]

const sources: readonly (readonly Withheld[])[] = [
  [],
  [withheld('192.0.2.0')],
  [withheld('192.0.2.1', 'Gateway'), withheld('192.0.2.2')],
  [withheld('2001:db8::'), withheld('192.0.2.3', 'AddressInUse', '02:00:00:00:00:01')],
]

export const keys = ['default/a', 'default/b', 'default/c', 'default/d', 'shop/e', 'shop/f']

const oneOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const just = <T extends string>(kind: T): fc.Arbitrary<T> => fc.constant(kind)

export const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: just('apply'), key: oneOf(keys), shape: oneOf(shapes) }) },
  { weight: 2, arbitrary: fc.record({ kind: just('delete'), key: oneOf(keys) }) },
  { weight: 2, arbitrary: fc.record({ kind: just('pools'), pools: oneOf(layouts) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: just('withhold'), source: oneOf(['nodes', 'probe']), addresses: oneOf(sources) }),
  },
  { weight: 2, arbitrary: fc.tuple(oneOf(['r1', 'r2', 'r3']), fc.option(oneOf(reserved))).map(reserve) },
  { weight: 12, arbitrary: fc.record({ kind: just('work'), fails: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: just('restart') }) },
)

function reserve([name, what]: [string, (typeof reserved)[number] | null]): Command {
  return { kind: 'reserve', name, reservation: what === null ? undefined : reservation(name, ...what) }
}
