import type { Link, Route } from '../../net/netlink.ts'
import { type Unsuitability, unsuitability } from '../layer2/interfaces.ts'

/** What the kernel's tables of links and routes say about problems. */
export interface NetworkFacts {
  /** Where addresses of Services can be answered. */
  readonly usable: readonly UsableInterface[]
  readonly unusable: readonly { readonly name: string; readonly why: Unsuitability }[]
  /** kube-proxy runs in IPVS mode, or has left its interface behind: the addresses of all Services are local. */
  readonly hasIpvs: boolean
}

export interface UsableInterface {
  readonly name: string
  /** It has IPv4 neighbours. */
  readonly isInIpv4Network: boolean
  /** IPv4 packets to anywhere leave through it: by the best default route, or by one of a table of its own. */
  readonly isWayBack: boolean
}

export interface NetworkTables {
  readonly links: readonly Link[]
  readonly routes: readonly Route[]
}

/** rtnetlink(7) */
const mainTable = 254

export function networkFactsOf({ links, routes }: NetworkTables, excluded: RegExp | undefined): NetworkFacts {
  const candidates = links.filter(({ loopback, name }) => !loopback && name !== ipvsInterface)
  const judged = candidates.map((link) => ({ link, why: unsuitability(link, excluded) }))
  const networks = linksOf(routes.filter(isIpv4Network))
  const waysBack = linksOf(waysBackOf(routes))
  return {
    usable: judged
      .filter(({ why }) => why === undefined)
      .map(({ link: { index, name } }) => ({
        name,
        isInIpv4Network: networks.has(index),
        isWayBack: waysBack.has(index),
      })),
    unusable: judged.flatMap(({ link: { name }, why }) => (why === undefined ? [] : [{ name, why }])),
    hasIpvs: links.some(({ name }) => name === ipvsInterface),
  }
}

/** kube-proxy puts every address of every Service there. */
const ipvsInterface = 'kube-ipvs0'

function waysBackOf(routes: readonly Route[]): Route[] {
  const defaults = routes.filter(({ type, destination }) => type === 'unicast' && isWhole(destination))
  const main = defaults.filter(({ table }) => table === mainTable)
  const bestMetric = Math.min(...main.map(metricOf))
  return defaults.filter((route) => route.table !== mainTable || metricOf(route) === bestMetric)
}

function isWhole({ address, length }: Route['destination']): boolean {
  return address.family === 4 && length === 0
}

/** Of a subnet: routes to single hosts lead to pods. */
function isIpv4Network({ type, table, destination: { address, length }, nextHops }: Route): boolean {
  const isSubnet = address.family === 4 && length > 0 && length < 32
  return type === 'unicast' && table === mainTable && isSubnet && nextHops.every(({ gateway }) => gateway === undefined)
}

function metricOf({ metric }: Route): number {
  return metric ?? 0
}

function linksOf(routes: readonly Route[]): Set<number | undefined> {
  return new Set(routes.flatMap(({ nextHops }) => nextHops.map(({ linkIndex }) => linkIndex)))
}
