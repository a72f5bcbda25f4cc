/** Pools as one would read them with pencil and paper: every address written down. Shares no code with the product. */
import type { V1Namespace } from '@kubernetes/client-node'
import ipaddr from 'ipaddr.js'
import type { IPAddressPool } from '../../crds/generated/types.ts'

type Labels = Readonly<Record<string, string>>

export interface ReferencePool {
  readonly name: string
  readonly addresses: ReadonlySet<string>
  readonly excluded: ReadonlySet<string>
  readonly disabled: boolean
  readonly autoAssign: boolean
  readonly quota: number
  /** Undefined: for everybody. */
  readonly pin: Pin | undefined
}

interface Pin {
  readonly namespaces: ReadonlySet<string>
  /** Alternatives. */
  readonly labels: readonly Labels[]
  /** Section without any criterion. */
  readonly isForAll: boolean
}

/** Undefined: the configuration is not valid. */
export function referencePools(
  pools: readonly IPAddressPool[],
  namespaces: readonly V1Namespace[],
): ReferencePool[] | undefined {
  const seen = new Set<string>()
  for (const { spec } of pools) {
    if (spec.quota === 0) return undefined
    for (const text of spec.addresses) {
      const addresses = enumerate(text)
      if (addresses === undefined || addresses.some((address) => seen.has(address))) return undefined
      for (const address of addresses) seen.add(address)
    }
  }
  return pools.map((pool) => read(pool, namespaces))
}

function read({ metadata, spec }: IPAddressPool, namespaces: readonly V1Namespace[]): ReferencePool {
  const { disabled = false, autoAssign = true, quota = Number.POSITIVE_INFINITY, avoidBuggyIPs = false } = spec
  const all = spec.addresses.flatMap((text) => enumerate(text) ?? [])
  return {
    ...{ name: metadata?.name ?? '', disabled, autoAssign, quota },
    addresses: new Set(all.filter((address) => !avoidBuggyIPs || !/\.(0|255)$/.test(address))),
    excluded: new Set((spec.exclude ?? []).flatMap((text) => enumerate(text) ?? [])),
    pin: spec.serviceAllocation && readPin(spec.serviceAllocation, namespaces),
  }
}

function readPin(section: NonNullable<IPAddressPool['spec']['serviceAllocation']>, all: readonly V1Namespace[]): Pin {
  const { namespaces = [], namespaceSelectors = [], serviceSelectors = [] } = section
  const selected = all.filter(({ metadata }) =>
    namespaceSelectors.some(({ matchLabels = {} }) => hasLabels(metadata?.labels ?? {}, matchLabels)),
  )
  return {
    namespaces: new Set([...namespaces, ...selected.map(({ metadata }) => metadata?.name ?? '')]),
    labels: serviceSelectors.map(({ matchLabels = {} }) => matchLabels),
    isForAll: namespaces.length + namespaceSelectors.length + serviceSelectors.length === 0,
  }
}

/** Controller.md, section 7. */
export function isOpen({ pin }: ReferencePool, namespace: string, labels: Labels): boolean {
  if (pin === undefined) return true
  if (pin.namespaces.size > 0 && !pin.namespaces.has(namespace)) return false
  return pin.labels.length === 0 || pin.labels.some((wanted) => hasLabels(labels, wanted))
}

/** Whether it is given from without being asked for. */
export function isAutomatic({ autoAssign, pin }: ReferencePool): boolean {
  const selectsNobody = pin !== undefined && !pin.isForAll && pin.namespaces.size + pin.labels.length === 0
  return autoAssign && !selectsNobody
}

export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value)
}

/** Of an address, a prefix or a pair; undefined for what is none of them. */
export function enumerate(text: string): string[] | undefined {
  const [from = '', to = from] = text.split('-').map((part) => part.trim())
  if (text.includes('/')) return enumeratePrefix(text)
  if (!ipaddr.isValid(from) || !ipaddr.isValid(to)) return undefined
  const [first, last] = [ipaddr.parse(from), ipaddr.parse(to)]
  if (first.kind() !== last.kind()) return undefined
  const count = numberOf(last) - numberOf(first) + 1n
  return count < 1n ? undefined : following(first, Number(count))
}

function enumeratePrefix(text: string): string[] | undefined {
  if (!ipaddr.isValidCIDR(text)) return undefined
  const [address, length] = ipaddr.parseCIDR(text)
  const bits = address.kind() === 'ipv4' ? 32 : 128
  return following(address, 2 ** (bits - length))
}

/** Assumption: a prefix starts at its first address. */
function following(first: ipaddr.IPv4 | ipaddr.IPv6, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const bytes = first.toByteArray()
    bytes[bytes.length - 1]! += index // small pools do not leave the last byte
    return ipaddr.fromByteArray(bytes).toString()
  })
}

function numberOf(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return address.toByteArray().reduce((value, byte) => value * 256n + BigInt(byte), 0n)
}

export function isIPv6(address: string): boolean {
  return address.includes(':')
}
