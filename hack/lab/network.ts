import { existsSync, statSync } from 'node:fs'
import type { DualStack, LabAddresses } from './addresses.ts'
import { mustRun, run } from './command.ts'
import { until } from './wait.ts'

/** One machine of the lab: a network namespace with an `eth0` on the lab's switch. */
export interface Station {
  /** As the lab calls it: cp, client, router, n1, n2 ... */
  readonly name: string
  readonly netns: string
  readonly address: DualStack
  readonly mac: string
  /** Its port on the switch (the other end of eth0). */
  readonly port: string
}

export interface LabNetwork {
  readonly switchNetns: string
  /** Throws when the lab has none of this name. */
  station(name: string): Station
}

const switchBridge = 'br0'
const hostPort = (prefix: string) => `${prefix}-host`
const netnsOf = (prefix: string, name: string) => `${prefix}-${name}`
export const netnsPath = (netns: string): string => `/run/netns/${netns}`

/** argv that runs a program in a network namespace; the process that starts it becomes the program. */
export const inNetns = (netns: string, argv: readonly string[]): string[] => [
  'nsenter',
  `--net=${netnsPath(netns)}`,
  '--',
  ...argv,
]

const ip = (netns: string | undefined, lines: readonly string[]) =>
  mustRun(['ip', ...(netns ? ['-n', netns] : []), '-batch', '-'], { input: lines.join('\n') })

/** A lab machine forwards (its pods need that), and has its addresses at once: no duplicate address detection. */
const stationSysctls = [
  'net.ipv4.ip_forward=1',
  'net.ipv6.conf.all.forwarding=1',
  'net.ipv6.conf.default.accept_dad=0',
  'net.ipv6.conf.all.accept_dad=0',
]

/**
 * Builds the LAN: a switch namespace with a bridge, a station per name, and a veth to this machine.
 *
 *   host (.254) ──┐
 *   cp (.2) ──────┤ bridge br0 (.1: the next hop of every default route; it forwards nothing)
 *   router (.3) ──┤
 *   client (.100)─┤
 *   n1 (.11) ... ─┘
 */
export async function buildNetwork(
  prefix: string,
  nodeNames: readonly string[],
  addresses: LabAddresses,
): Promise<LabNetwork> {
  const addressOf = new Map<string, DualStack>([
    ['cp', addresses.controlPlane],
    ['router', addresses.router],
    ['client', addresses.client],
    ...nodeNames.map((name, i): [string, DualStack] => [name, addresses.node(i + 1)]),
  ])
  const names = [...addressOf.keys()]
  const switchNetns = netnsOf(prefix, 'sw')
  await addNamespaces([switchNetns, ...names.map((name) => netnsOf(prefix, name))])
  await Promise.all(names.map((name) => mustRun(inNetns(netnsOf(prefix, name), ['sysctl', '-qw', ...stationSysctls]))))
  await addCables(prefix, names)
  await wireSwitch(prefix, names, addresses)
  const stations = await Promise.all(
    [...addressOf].map(async ([name, address]): Promise<[string, Station]> => {
      const netns = netnsOf(prefix, name)
      const mac = await configureStation(netns, address, addresses, podRoutes(name, nodeNames, addresses))
      return [name, { name, netns, address, mac, port: netnsOf(prefix, name) }]
    }),
  )
  const byName = new Map(stations)
  return {
    switchNetns,
    station(name) {
      const station = byName.get(name)
      if (!station) throw new RangeError(`the lab has no machine called ${name}`)
      return station
    },
  }
}

async function addNamespaces(namespaces: readonly string[]): Promise<void> {
  await ip(
    undefined,
    namespaces.map((netns) => `netns add ${netns}`),
  )
}

async function addCables(prefix: string, names: readonly string[]): Promise<void> {
  const switchNetns = netnsOf(prefix, 'sw')
  const cables = names.map((name) => {
    const netns = netnsOf(prefix, name)
    return `link add ${netns} netns ${switchNetns} type veth peer name eth0 netns ${netns}`
  })
  const host = hostPort(prefix)
  await ip(undefined, [...cables, `link add ${host} type veth peer name ${host} netns ${switchNetns}`])
}

async function wireSwitch(prefix: string, names: readonly string[], { gateway, host }: LabAddresses): Promise<void> {
  const ports = [hostPort(prefix), ...names.map((name) => netnsOf(prefix, name))]
  await ip(netnsOf(prefix, 'sw'), [
    'link set lo up',
    `link add ${switchBridge} type bridge stp_state 0 mcast_snooping 0`,
    `link set ${switchBridge} up`,
    `addr add ${gateway.v4}/24 dev ${switchBridge}`,
    `addr add ${gateway.v6}/64 dev ${switchBridge} nodad`,
    ...ports.map((port) => `link set ${port} master ${switchBridge} up`),
  ])
  const port = hostPort(prefix)
  await ip(undefined, [
    `addr add ${host.v4}/24 dev ${port}`,
    `link set ${port} up`,
    `addr add ${host.v6}/64 dev ${port} nodad`,
  ])
}

/** Everybody but the node itself reaches the node's pods through it. */
function podRoutes(station: string, nodeNames: readonly string[], addresses: LabAddresses): string[] {
  return nodeNames.flatMap((name, i) => {
    if (name === station) return []
    const [pods, via] = [addresses.podSubnet(i + 1), addresses.node(i + 1)]
    return [`route add ${pods.v4} via ${via.v4}`, `route add ${pods.v6} via ${via.v6}`]
  })
}

/** Returns the station's MAC address. */
async function configureStation(
  netns: string,
  address: DualStack,
  { gateway }: LabAddresses,
  routes: readonly string[],
): Promise<string> {
  await ip(netns, [
    'link set lo up',
    `addr add ${address.v4}/24 dev eth0`,
    'link set eth0 up',
    `addr add ${address.v6}/64 dev eth0 nodad`,
    `route add default via ${gateway.v4}`,
    `route add ::/0 via ${gateway.v6}`,
    ...routes,
  ])
  const [link] = JSON.parse(await mustRun(['ip', '-n', netns, '-j', 'link', 'show', 'eth0'])) as { address: string }[]
  return link?.address ?? ''
}

/** Takes a station's cable out of the switch (both ends lose their carrier), or puts it back. */
export async function setCable(network: LabNetwork, station: Station, state: 'up' | 'down'): Promise<void> {
  await ip(network.switchNetns, [`link set ${station.port} ${state}`])
}

/** The lab's namespaces that exist, also half-built ones. */
export async function networkNamespaces(prefix: string): Promise<string[]> {
  const listing = await mustRun(['ip', 'netns', 'list'])
  const names = listing.split('\n').map((line) => line.split(' ')[0] ?? '')
  return names.filter((name) => name.startsWith(`${prefix}-`))
}

export function inodesOf(namespaces: readonly string[]): Set<number> {
  const inodes = namespaces.map((netns) => statSync(netnsPath(netns), { throwIfNoEntry: false })?.ino)
  return new Set(inodes.filter((inode) => inode !== undefined))
}

/** Assumes that no process is left inside. Somebody else may be removing it at the same time. */
export async function removeNetwork(prefix: string): Promise<void> {
  await until('removal of the network', async () => {
    const links = networkInterfaceExists(hostPort(prefix)) ? [`link del ${hostPort(prefix)}`] : []
    const namespaces = (await networkNamespaces(prefix)).map((netns) => `netns del ${netns}`)
    const lines = [...links, ...namespaces]
    if (lines.length > 0) await run(['ip', '-force', '-batch', '-'], { input: lines.join('\n') })
    return lines.length === 0
  })
}

const networkInterfaceExists = (name: string) => existsSync(`/sys/class/net/${name}`)
