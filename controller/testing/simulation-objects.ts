/** The Services, pools, reservations, namespaces and nodes of simulations: few, small and in each other's way. */

/** A Service without its name and status. */
export interface Shape {
  readonly spec?: Readonly<Record<string, unknown>>
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

const v6 = { clusterIPs: ['fd00:96::1'], ipFamilies: ['IPv6'] }
const dual = { clusterIPs: ['10.96.0.10', 'fd00:96::10'] }
const prefersDual = { ...dual, ipFamilyPolicy: 'PreferDualStack' }
const requiresDual = { ...dual, ipFamilyPolicy: 'RequireDualStack' }
const local = { externalTrafficPolicy: 'Local', selector: { app: 'web' } }
const on = (port: number, protocol?: string) => ({ ports: [protocol === undefined ? { port } : { protocol, port }] })
const shares = (key: string) => ({ 'metallb.io/allow-shared-ip': key })
const from = (pool: string) => ({ 'metallb.io/address-pool': pool })
const web = { app: 'web' }

export const shapes: readonly Shape[] = [
  {},
  {},
  { spec: on(443) },
  { labels: web },
  { annotations: shares('k') },
  { spec: on(443), annotations: shares('k') },
  { spec: on(53, 'UDP'), annotations: shares('k') },
  { spec: { ...on(8080), ...local }, annotations: shares('k') },
  { spec: { ...on(8443), ...local }, annotations: shares('k') },
  { spec: on(443), annotations: { 'metallb.universe.tf/allow-shared-ip': 'other' }, labels: web },
  { spec: requiresDual },
  { spec: prefersDual },
  { spec: { ...prefersDual, ipFamilies: ['IPv6', 'IPv4'] }, labels: web },
  { spec: { ...prefersDual, ...on(53) }, annotations: shares('k') },
  { spec: { ...dual } },
  { spec: { ipFamilyPolicy: 'RequireDualStack' } },
  { spec: v6 },
  { spec: { loadBalancerIP: '192.0.2.1' } },
  { spec: { loadBalancerIP: '192.0.2.1', ...on(53) }, annotations: shares('k') },
  { annotations: { 'metallb.io/loadBalancerIPs': ' 192.0.2.2 ' } },
  { spec: requiresDual, annotations: { 'metallb.io/loadBalancerIPs': '203.0.113.0,2001:db8::1' } },
  { spec: { loadBalancerIP: '192.0.2.1' }, annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.1' } },
  { annotations: { 'metallb.io/loadBalancerIPs': 'nonsense' } },
  { spec: { loadBalancerIP: '198.51.100.1' }, annotations: from('blue') },
  { annotations: from('green') },
  { spec: prefersDual, annotations: from('dual') },
  { annotations: { 'metallb.universe.tf/address-pool': 'dual' }, labels: web },
  { spec: { clusterIPs: [] } },
  { spec: { type: 'ClusterIP' } },
  { spec: { type: 'NodePort' } },
  { spec: { loadBalancerClass: 'example.org/other' } },
]

/** With the name of the pool that they are for; some of them take addresses of another. */
export const poolSpecs: readonly (readonly [name: string, spec: object])[] = [
  ['blue', { addresses: ['192.0.2.0/30'] }],
  ['blue', { addresses: ['192.0.2.0/31'] }],
  ['blue', { addresses: ['192.0.2.2/31', '192.0.2.0/32'], avoidBuggyIPs: true }],
  ['blue', { addresses: ['192.0.2.0/30'], exclude: ['192.0.2.1', '192.0.2.3/32'] }],
  ['blue', { addresses: ['192.0.2.0/30'], disabled: true }],
  ['blue', { addresses: ['192.0.2.0-192.0.2.1', '192.0.2.2-192.0.2.3'], allocation: 'Balanced' }],
  ['blue', { addresses: ['192.0.2.0/30'], quota: 1 }],
  ['blue', { addresses: ['192.0.2.0/30'], quota: 0 }],
  ['blue', { addresses: ['192.0.2.0/30'], serviceAllocation: { namespaces: ['default'], priority: 1 } }],
  ['blue', { addresses: ['192.0.2.0/31'], serviceAllocation: { namespaces: ['shop'] } }],
  ['blue', { addresses: ['192.0.2.0/30'], serviceAllocation: { serviceSelectors: [{ matchLabels: web }] } }],
  ['green', { addresses: ['198.51.100.0/31'] }],
  ['green', { addresses: ['198.51.100.0/31'], autoAssign: false }],
  ['green', { addresses: ['192.0.2.2/31'] }],
  ['green', { addresses: ['198.51.100.0/31'], retainFor: '1h' }],
  ['green', { addresses: ['198.51.100.1-198.51.100.0'] }],
  ['green', { addresses: ['198.51.100.0/31'], serviceAllocation: { serviceSelectors: [{ matchLabels: web }] } }],
  [
    'green',
    { addresses: ['198.51.100.0/31'], serviceAllocation: { namespaceSelectors: [{ matchLabels: { team: 'red' } }] } },
  ],
  ['dual', { addresses: ['203.0.113.0/31', '2001:db8::/127'] }],
  ['dual', { addresses: ['203.0.113.0/31', '2001:db8::/127'], quota: 2 }],
  [
    'dual',
    { addresses: ['203.0.113.0/32', '2001:db8::/126'], autoAssign: false, exclude: ['2001:db8::1-2001:db8::2'] },
  ],
  ['dual', { addresses: ['2001:db8::/127'], serviceAllocation: { priority: 5 } }],
  ['dual', { addresses: ['nonsense'] }],
]

export const firstPools = ['blue', 'green', 'dual'].map((pool) => poolSpecs.find(([name]) => name === pool)!)

export const systemNamespace = 'metallb-system'
/** The only one that is ready. */
export const speakerNode = 'n0'
export const phases = ['Serving', 'Starting', 'Unfit'] as const
export const readiness: readonly { readonly ready: boolean }[] = [{ ready: true }, { ready: true }, { ready: false }]

export const namespaceLabels: readonly Record<string, string>[] = [{ team: 'red' }, { team: 'blue' }, {}]

export const nodeAddresses: readonly (readonly string[])[] = [
  [],
  ['192.0.2.0'],
  ['192.0.2.3', '2001:db8::'],
  ['203.0.113.0'],
]

export const reservationSpecs: readonly object[] = [
  { addresses: ['192.0.2.1'], service: { namespace: 'default', name: 'a' } },
  { addresses: ['192.0.2.0/31', '2001:db8::/127'], namespace: 'shop' },
  { addresses: ['198.51.100.0'], serviceSelector: { matchLabels: web } },
]
