import type { Address } from '../../../net/address.ts'
import type { Host } from './host.ts'
import type { Random } from './random.ts'
import type { Settings } from './settings.ts'

/** An address that speakers announce. */
export interface Vip {
  readonly service: string
  readonly address: Address
  /** The nodes that may have it, best first. */
  readonly candidates: readonly Host[]
  readonly order: readonly string[]
}

/** At least one for each node, so that each has something to lose. */
export function vipsOf(hosts: readonly Host[], settings: Settings, random: Random): Vip[] {
  const count = settings.addresses || Math.max(hosts.length, 12)
  return Array.from({ length: count }, (_, index) => {
    const first = hosts[index % hosts.length]!
    const neighbours = hosts.filter((host) => host !== first && host.subnet === first.subnet)
    const most = (settings.candidates || (hosts.length > 100 ? 16 : hosts.length)) - 1
    const candidates = [first, ...random.pick(neighbours, most)]
    const address = addressOf(index, settings.ipv6 === 1 && index % 2 === 1)
    return { service: `default/service-${index}`, address, candidates, order: candidates.map(({ name }) => name) }
  })
}

function addressOf(index: number, isIpv6: boolean): Address {
  if (isIpv6) return { family: 6, value: (0x20010db8n << 96n) + BigInt(index + 1) }
  return { family: 4, value: 0xc0000000n + BigInt(index + 1) }
}
