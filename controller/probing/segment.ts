/** What the SpeakerStatus objects say about who is near an address, and who is no stranger. Pure. */
import type { SpeakerStatus } from '../../crds/generated/types.ts'
import type { Address } from '../../net/address.ts'
import { AddressError } from '../../net/address.ts'
import { type Prefix, parsePrefix, prefixContains } from '../../net/prefix.ts'

/** The nodes that have the address in one of their networks; each address begins with another one, to spread the work. */
export function nodesNear(address: Address, statuses: Iterable<SpeakerStatus>): string[] {
  const near = [...statuses].filter((status) => prefixesOf(status).some((prefix) => prefixContains(prefix, address)))
  const nodes = near.map(({ metadata }) => metadata?.name ?? '').sort()
  const start = nodes.length === 0 ? 0 : Number(address.value % BigInt(nodes.length))
  return [...nodes.slice(start), ...nodes.slice(0, start)]
}

/** Speakers may answer: for an address that another Service has just left, or that is shared. */
export function strangersAmong(macs: readonly string[], statuses: Iterable<SpeakerStatus>): string[] {
  const known = new Set([...statuses].flatMap(({ status }) => status?.hardwareAddresses ?? []))
  return macs.filter((mac) => !known.has(mac))
}

function prefixesOf({ status }: SpeakerStatus): Prefix[] {
  return (status?.networks ?? []).flatMap(({ prefix }) => tryParsePrefix(prefix) ?? [])
}

function tryParsePrefix(text: string): Prefix | undefined {
  try {
    return parsePrefix(text)
  } catch (error) {
    if (error instanceof AddressError) return undefined
    throw error
  }
}
