import { expression, label, layer2, pool } from './objects.ts'
import type { Refusal } from './refusal.ts'

const anyRange = ['192.0.2.0/24']
const withAddresses = (...addresses: string[]) => ({ pools: [pool('p', addresses)] })
const having = (spec: object) => ({ pools: [pool('p', anyRange, spec)] })
const allocatedTo = (serviceAllocation: object) => having({ serviceAllocation })
const advertised = (spec: object) => ({ l2Advertisements: [layer2('l', spec)] })
const allocation = 'IPAddressPool p spec.serviceAllocation'
const twoValues = (values: string[]) => ({ key: 'k', operator: 'In', values })

export const selectorRefusals: readonly Refusal[] = [
  [
    'two objects of one name',
    'duplicate-name',
    'IPAddressPool p metadata.name',
    { pools: [pool('p', ['192.0.2.0/32']), pool('p', ['192.0.2.1/32'])] },
  ],
  [
    'a selector listed twice, in other words',
    'duplicate-selector',
    `${allocation}.serviceSelectors[1]`,
    allocatedTo({ serviceSelectors: [label('k', 'v'), expression('In', ['v'])] }),
  ],
  [
    'a namespace selector listed twice',
    'duplicate-selector',
    `${allocation}.namespaceSelectors[1]`,
    allocatedTo({ namespaceSelectors: [label('k', 'v'), label('k', 'v')] }),
  ],
  [
    'a pool selector listed twice',
    'duplicate-selector',
    'L2Advertisement l spec.ipAddressPoolSelectors[1]',
    advertised({ ipAddressPoolSelectors: [label('k', 'v'), label('k', 'v')] }),
  ],
  [
    'an expression without a key',
    'selector-key',
    'L2Advertisement l spec.nodeSelectors[0].matchExpressions[0].key',
    advertised({ nodeSelectors: [expression('In', ['v'], '')] }),
  ],
  [
    'a key with a bad prefix',
    'selector-key',
    'L2Advertisement l spec.serviceSelectors[0].matchLabels',
    advertised({ serviceSelectors: [label('Example_Org/k', 'v')] }),
  ],
  [
    'a label value with a blank',
    'selector-label-value',
    'L2Advertisement l spec.serviceSelectors[0].matchLabels',
    advertised({ serviceSelectors: [label('k', 'two words')] }),
  ],
  [
    'an unknown operator',
    'selector-operator',
    `${allocation}.namespaceSelectors[0].matchExpressions[0].operator`,
    allocatedTo({ namespaceSelectors: [expression('Gt', ['1'])] }),
  ],
  [
    'In without values',
    'selector-values',
    'L2Advertisement l spec.nodeSelectors[0].matchExpressions[0].values',
    advertised({ nodeSelectors: [expression('In')] }),
  ],
  [
    'Exists with values',
    'selector-values',
    'L2Advertisement l spec.nodeSelectors[0].matchExpressions[0].values',
    advertised({ nodeSelectors: [expression('Exists', ['v'])] }),
  ],
  [
    'a value listed twice',
    'selector-values',
    'L2Advertisement l spec.serviceSelectors[0].matchExpressions[0].values',
    advertised({ serviceSelectors: [expression('NotIn', ['v', 'v'])] }),
  ],
  [
    'an expression listed twice, its values in another order',
    'selector-expression-twice',
    'L2Advertisement l spec.ipAddressPoolSelectors[0].matchExpressions[1]',
    advertised({ ipAddressPoolSelectors: [{ matchExpressions: [twoValues(['a', 'b']), twoValues(['b', 'a'])] }] }),
  ],
]

export const poolRefusals: readonly Refusal[] = [
  ['a pool without addresses', 'pool-without-addresses', 'IPAddressPool p spec.addresses', withAddresses()],
  ['a bare address', 'bad-cidr', 'IPAddressPool p spec.addresses[0]', withAddresses('192.0.2.1')],
  ['a prefix of 33 bits', 'bad-cidr', 'IPAddressPool p spec.addresses[0]', withAddresses('192.0.2.0/33')],
  [
    'a range whose end is no address',
    'range-bad-address',
    'IPAddressPool p spec.addresses[1]',
    withAddresses('198.51.100.0/24', '192.0.2.1-192.0.2.300'),
  ],
  [
    'a range written backwards',
    'range-descending',
    'IPAddressPool p spec.addresses[0]',
    withAddresses('192.0.2.9-192.0.2.1'),
  ],
  [
    'a range from one family to the other',
    'range-mixed-families',
    'IPAddressPool p spec.addresses[0]',
    withAddresses('192.0.2.1-2001:db8::1'),
  ],
  [
    'addresses that are in two pools',
    'overlap',
    'IPAddressPool q spec.addresses[1]',
    { pools: [pool('q', ['198.51.100.0/24', '192.0.2.7/32']), pool('p', anyRange)] },
  ],
  [
    'addresses that are twice in one pool',
    'overlap',
    'IPAddressPool p spec.addresses[1]',
    withAddresses('2001:db8::/64', '2001:db8::5-2001:db8::6'),
  ],
  [
    'an excluded host name',
    'bad-addresses',
    'IPAddressPool p spec.exclude[1]',
    having({ exclude: ['192.0.2.1', 'gateway', '192.0.2.4/31', '192.0.2.8-192.0.2.9'] }),
  ],
  ['a quota of nothing', 'bad-quota', 'IPAddressPool p spec.quota', having({ quota: 0 })],
  ['an unknown strategy', 'bad-strategy', 'IPAddressPool p spec.allocation', having({ allocation: 'Random' })],
  ['a day as a duration', 'bad-duration', 'IPAddressPool p spec.retainFor', having({ retainFor: '1d' })],
  [
    'a namespace listed twice',
    'duplicate-namespace',
    `${allocation}.namespaces[1]`,
    allocatedTo({ namespaces: ['red', 'red'] }),
  ],
  [
    'a pool named twice',
    'duplicate-pool-reference',
    'L2Advertisement l spec.ipAddressPools[1]',
    advertised({ ipAddressPools: ['p', 'p'] }),
  ],
  [
    'a weight of zero',
    'bad-weight',
    'L2Advertisement l spec.preferredNodeSelectors[0].weight',
    advertised({ preferredNodeSelectors: [{ weight: 0, preference: {} }] }),
  ],
  [
    'a placement that does not exist',
    'bad-placement',
    'L2Advertisement l spec.placement',
    advertised({ placement: 'Random' }),
  ],
  [
    'a preference with a bad selector',
    'selector-operator',
    'L2Advertisement l spec.preferredNodeSelectors[0].preference.matchExpressions[0].operator',
    advertised({ preferredNodeSelectors: [{ weight: 1, preference: expression('Is', ['v']) }] }),
  ],
]
