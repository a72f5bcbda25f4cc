import { mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { dumpAddresses, dumpRoutes } from '../../net/netlink.ts'
import { makePrefix, type Prefix, parsePrefix, prefixContains } from '../../net/prefix.ts'
import { addressesOf } from './addresses.ts'
import { removeIf } from './aside.ts'

/**
 * Which lab has which of the 256 networks: a symbolic link to the lab's directory, since making one is atomic.
 * The links are machine-wide, as the networks are; a network that this machine itself uses is nobody's.
 */
const subnets = 256
const claimsDirectory = '/run/metallb-ts-lab-subnets'

/** Throws when there is none left. */
export async function claimSubnet(labDirectory: string): Promise<number> {
  mkdirSync(claimsDirectory, { recursive: true })
  const used = await usedPrefixes()
  for (let index = 0; index < subnets; index++) {
    if (isFree(index, used) && take(index, labDirectory)) return index
  }
  throw new Error(`all ${subnets} lab networks are taken, by labs (see: make lab-down) or by routes of this machine`)
}

/** Whether neither network of the lab with this index meets one of the prefixes. */
export function isFree(index: number, used: readonly Prefix[]): boolean {
  const ours = Object.values(addressesOf(index).subnet).map(parsePrefix)
  return !ours.some((prefix) => used.some((other) => overlap(prefix, other)))
}

/** Of two prefixes that share an address one holds the other. */
const overlap = (a: Prefix, b: Prefix): boolean => prefixContains(a, b.address) || prefixContains(b, a.address)

/** What this machine has addresses in or routes to. A route to everywhere, or to one half of it, is to nowhere. */
async function usedPrefixes(): Promise<Prefix[]> {
  const [addresses, routes] = await Promise.all([dumpAddresses(), dumpRoutes()])
  return [
    ...addresses.map(({ address, prefixLength }) => makePrefix(address, prefixLength)),
    ...routes.map(({ destination }) => destination).filter(({ length }) => length > 1),
  ]
}

function take(index: number, labDirectory: string): boolean {
  try {
    symlinkSync(labDirectory, join(claimsDirectory, String(index)))
    return true
  } catch {
    return false
  }
}

/** The network of the lab in this directory; undefined when it has none. */
export function subnetOf(labDirectory: string): number | undefined {
  return subnetClaims().find(({ directory }) => directory === labDirectory)?.index
}

export function releaseSubnets(labDirectory: string): void {
  for (const { index, directory } of subnetClaims()) {
    const isOurs = (claim: string) => readlinkSync(claim) === labDirectory
    if (directory === labDirectory) removeIf(join(claimsDirectory, String(index)), isOurs)
  }
}

export function subnetClaims(): { index: number; directory: string }[] {
  return claims().flatMap((entry) => {
    try {
      return [{ index: Number(entry), directory: readlinkSync(join(claimsDirectory, entry)) }]
    } catch {
      return [] // given back meanwhile
    }
  })
}

function claims(): string[] {
  try {
    return readdirSync(claimsDirectory).filter((entry) => /^\d+$/.test(entry))
  } catch {
    return []
  }
}
