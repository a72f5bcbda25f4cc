/** Prints every netlink event as a line of JSON. Commands: `dump`, and `ip WORDS` which runs `ip` while no event is read. */
import { execFileSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type Address, formatAddress } from './address.ts'
import { formatMac } from './mac.ts'
import {
  dumpAddresses,
  dumpLinks,
  dumpNeighbours,
  dumpRoutes,
  type Link,
  type LinkAddress,
  type Neighbour,
  type Route,
  subscribeNetlink,
} from './netlink.ts'

/** What is printed: addresses are text. */
type Printed<T> = T extends Address | Uint8Array
  ? string
  : T extends object
    ? { readonly [K in keyof T]: Printed<T[K]> }
    : T

/** An event, of whatever kind. */
export type Line = { type: string } & Printed<{
  link: Link
  address: LinkAddress
  route: Route
  neighbour: Neighbour
}>

export type Dump = { type: 'dump' } & Printed<{
  links: Link[]
  addresses: LinkAddress[]
  routes: Route[]
  neighbours: Neighbour[]
}>

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line, (_key, value) => printable(value))}\n`)
}

function printable(value: unknown): unknown {
  if (value instanceof Uint8Array) return formatMac(value)
  const isAddress = typeof value === 'object' && value !== null && 'family' in value && 'value' in value
  return isAddress ? formatAddress(value as Address) : value
}

async function dumpAll(): Promise<object> {
  const [links, addresses] = [await dumpLinks(), await dumpAddresses()]
  return { type: 'dump', links, addresses, routes: await dumpRoutes(), neighbours: await dumpNeighbours() }
}

const subscription = subscribeNetlink({
  groups: ['link', 'neighbour', 'ipv4-address', 'ipv6-address', 'ipv4-route', 'ipv6-route'],
  onEvent: print,
  onError: (error) => print({ type: 'error', error: String(error) }),
})

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.split(' ')
  if (command === 'dump') print(await dumpAll())
  if (command === 'ip') execFileSync('ip', words)
}
subscription.close()
