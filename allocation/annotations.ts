/** Which pool the address came from; written by us, never read as a wish. */
export const poolAnnotation = 'metallb.io/ip-allocated-from-pool'

const wishes = {
  pool: 'address-pool',
  addresses: 'loadBalancerIPs',
  sharing: 'allow-shared-ip',
} as const

/** The annotation by which Services share an address, as its users know it. */
export const sharingAnnotation = `metallb.io/${wishes.sharing}`

type Annotations = Readonly<Record<string, string>>

/** The value under `metallb.io/`, else under the deprecated prefix. Present but empty hides the deprecated twin. */
export function wish(annotations: Annotations, name: keyof typeof wishes): string {
  return annotations[`metallb.io/${wishes[name]}`] ?? annotations[deprecatedKey(wishes[name])] ?? ''
}

/** The deprecated keys that are in use, whether or not they are hidden. */
export function deprecatedAnnotations(annotations: Annotations): string[] {
  return Object.values(wishes)
    .map(deprecatedKey)
    .filter((key) => Object.hasOwn(annotations, key))
}

function deprecatedKey(suffix: string): string {
  return `metallb.universe.tf/${suffix}`
}
