import { join } from 'node:path'
import { expect } from 'chai'
import type { Dump } from '../netlink.fixture.ts'
import { createTestNamespace, type Program, type TestNamespace } from '../test-namespace.ts'

interface IpLink {
  ifname: string
  flags: string[]
  master?: string
  mtu: number
  address: string
  linkinfo?: { info_kind: string }
}

interface IpAddresses {
  ifname: string
  addr_info: { local: string; prefixlen: number; tentative?: boolean }[]
}

interface IpHop {
  gateway?: string
  via?: { host: string }
  dev?: string
  weight?: number
}

interface IpRoute extends IpHop {
  type: string
  dst: string
  table?: string
  metric?: number
  prefsrc?: string
  nexthops?: IpHop[]
}

interface IpNeighbour {
  dst: string
  dev: string
  lladdr?: string
  state: string[]
  router?: null
}

/** Both sides as lines of text: what `ip -json WORDS` printed, and our dump. */
interface Comparison<T> {
  readonly words: string
  theirs(printed: T[]): string[]
  ours(dump: Dump): string[]
}

const links: Comparison<IpLink> = {
  words: '-details link show',
  theirs: (printed) =>
    printed.map(({ ifname, flags, mtu, address, master, linkinfo }) =>
      [ifname, flags.includes('UP'), flags.includes('LOWER_UP'), mtu, address, linkinfo?.info_kind, master].join(' '),
    ),
  ours: (dump) =>
    dump.links.map(({ name, up, lowerUp, mtu, hardwareAddress, kind, master }) =>
      [name, up, lowerUp, mtu, hardwareAddress, kind, nameOf(dump, master)].join(' '),
    ),
}

const addresses: Comparison<IpAddresses> = {
  words: 'address show',
  theirs: (printed) =>
    printed.flatMap(({ ifname, addr_info }) =>
      addr_info.map(({ local, prefixlen, tentative = false }) => `${ifname} ${local}/${prefixlen} ${tentative}`),
    ),
  ours: (dump) =>
    dump.addresses.map(
      ({ linkIndex, address, prefixLength, tentative }) =>
        `${nameOf(dump, linkIndex)} ${address}/${prefixLength} ${tentative}`,
    ),
}

const neighbours: Comparison<IpNeighbour> = {
  words: 'neighbour show nud all',
  theirs: (printed) =>
    printed.map((one) => [one.dev, one.dst, one.lladdr, one.state[0]?.toLowerCase(), 'router' in one].join(' ')),
  ours: (dump) =>
    dump.neighbours.map((one) =>
      [nameOf(dump, one.linkIndex), one.address, one.hardwareAddress, one.state, one.router].join(' '),
    ),
}

function routes(family: '-4' | '-6'): Comparison<IpRoute> {
  const isOfFamily = ({ destination }: Dump['routes'][number]) =>
    destination.address.includes(':') === (family === '-6')
  return {
    words: `${family} -details route show table all`,
    theirs: (printed) => printed.map((route) => formatTheirRoute(route, family === '-4' ? '0.0.0.0/0' : '::/0')),
    ours: (dump) => dump.routes.filter(isOfFamily).map((route) => formatOurRoute(route, dump)),
  }
}

function formatTheirRoute(route: IpRoute, defaultDestination: string): string {
  const hops = route.nexthops ?? (route.dev === undefined ? [] : [route])
  const hopTexts = hops.map(({ gateway, via, dev, weight = 1 }) => `${gateway ?? via?.host} ${dev} ${weight}`)
  const dst = route.dst === 'default' ? defaultDestination : route.dst
  const destination = dst.includes('/') ? dst : `${dst}/${dst.includes(':') ? 128 : 32}`
  const table = { local: 255, main: 254 }[route.table ?? 'main'] ?? route.table
  return [route.type, destination, table, route.metric, route.prefsrc, ...hopTexts].join(', ')
}

function formatOurRoute(route: Dump['routes'][number], dump: Dump): string {
  const { type, destination, table, metric, preferredSource, nextHops } = route
  const hopTexts = nextHops.map(({ gateway, linkIndex, weight }) => `${gateway} ${nameOf(dump, linkIndex)} ${weight}`)
  return [type, `${destination.address}/${destination.length}`, table, metric, preferredSource, ...hopTexts].join(', ')
}

function nameOf(dump: Dump, linkIndex: number | undefined): string | undefined {
  return dump.links.find(({ index }) => index === linkIndex)?.name
}

describe('a netlink dump shows what `ip -json` shows', () => {
  let namespace: TestNamespace
  let program: Program

  before(() => {
    namespace = createTestNamespace()
    for (const words of [
      'link add br0 type bridge',
      'link add p0 type veth peer name p1',
      'link add d0 type veth peer name d1',
      'link add unused type veth peer name unused1',
      'link set p0 master br0',
      ...['br0', 'p0', 'p1', 'd0', 'd1'].map((name) => `link set ${name} up`),
      'address add 192.0.2.1/24 dev d0',
      'address add 198.51.100.1 peer 198.51.100.2/31 dev d0',
      'address add 2001:db8::1/64 dev d0 nodad',
      'route add default via 192.0.2.9 metric 7',
      'route add 203.0.113.0/24 nexthop via 192.0.2.2 weight 1 nexthop via 192.0.2.3 weight 5',
      'route add 203.0.114.0/24 via inet6 fe80::9 dev d0',
      'route add 10.1.0.0/16 via 192.0.2.9 table 1000',
      'route add blackhole 10.9.0.0/16',
      '-6 route add 2001:db8:1::/48 via 2001:db8::2',
      'neighbour add 192.0.2.5 lladdr 02:00:00:00:00:05 dev d0',
      'neighbour add 2001:db8::5 lladdr 02:00:00:00:00:05 dev d0 router',
    ]) {
      namespace.ip(words)
    }
    program = namespace.run(join(import.meta.dirname, '../netlink.fixture.ts'))
  })

  after(() => namespace?.remove())

  async function dump(): Promise<Dump> {
    const position = program.position
    program.send('dump')
    return program.line<Dump>((line) => line.type === 'dump', position)
  }

  /** Duplicate address detection goes on in the background and changes things between the two reads: tries again then. */
  async function expectSame<T>({ words, theirs, ours }: Comparison<T>): Promise<void> {
    for (const deadline = Date.now() + 10_000; ; ) {
      const expected = theirs(JSON.parse(namespace.ip(`-json ${words}`)) as T[]).toSorted()
      const actual = ours(await dump()).toSorted()
      if (Date.now() < deadline && expected.join() !== actual.join()) continue
      expect(expected).to.have.length.above(3)
      expect(actual).to.deep.equal(expected)
      return
    }
  }

  it('of links', () => expectSame(links))
  it('of addresses', () => expectSame(addresses))
  it('of IPv4 routes', () => expectSame(routes('-4')))
  it('of IPv6 routes', () => expectSame(routes('-6')))
  it('of neighbours', () => expectSame(neighbours))
})
