import { expect } from 'chai'
import { formatAddress, parseAddress } from '../net/address.ts'
import { parseMac } from '../net/mac.ts'
import type { Link, Route } from '../net/netlink.ts'
import { parsePrefix } from '../net/prefix.ts'
import { bearsOnSurroundings, formatNetwork, linksTo, surroundingsOf } from './surroundings.ts'

const link = (index: number, name: string, more: Partial<Link> = {}): Link => ({
  ...{ index, name, flags: 0, up: true, lowerUp: true, broadcast: true, noArp: false, loopback: false },
  ...{ master: undefined, hardwareAddress: parseMac(`02:00:00:00:00:0${index}`), mtu: 1500, kind: undefined },
  ...more,
})

/** `via` is a gateway, `dev` the index of a link. */
const route = (destination: string, hop: { via?: string; dev?: number }, more: Partial<Route> = {}): Route => ({
  ...{ destination: parsePrefix(destination), type: 'unicast', table: 254, protocol: 3, scope: 0 },
  ...{ metric: undefined, preferredSource: undefined },
  nextHops: [
    { linkIndex: hop.dev ?? 1, gateway: hop.via === undefined ? undefined : parseAddress(hop.via), weight: 1 },
  ],
  ...more,
})

const links = [link(1, 'eth0'), link(2, 'eth1'), link(3, 'lo', { loopback: true, hardwareAddress: new Uint8Array(6) })]
const see = (...routes: Route[]) => surroundingsOf(links, routes, undefined)
const gatewaysOf = (...routes: Route[]) => see(...routes).gateways.map(formatAddress)
const networksOf = (...routes: Route[]) => see(...routes).networks.map(formatNetwork)

describe('what a node sees around it', () => {
  it('are the gateways of all default routes, whatever their metric and table, each once', () => {
    const routes = [
      route('0.0.0.0/0', { via: '192.0.2.1' }),
      route('0.0.0.0/0', { via: '192.0.2.2' }, { metric: 600 }),
      route('0.0.0.0/0', { via: '192.0.2.3' }, { table: 100 }),
      route('0.0.0.0/0', { via: '192.0.2.1', dev: 2 }, { metric: 700 }),
      route('::/0', { via: '2001:db8::1' }),
    ]
    expect(gatewaysOf(...routes)).to.deep.equal(['192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1'])
  })

  it('are all gateways of a multipath route', () => {
    const hop = (gateway: string) => ({ linkIndex: 1, gateway: parseAddress(gateway), weight: 1 })
    const routes = [route('0.0.0.0/0', {}, { nextHops: [hop('192.0.2.1'), hop('192.0.2.2')] })]
    expect(gatewaysOf(...routes)).to.deep.equal(['192.0.2.1', '192.0.2.2'])
  })

  it('are no link-local gateways, which no pool has, and none of other routes', () => {
    const routes = [
      route('::/0', { via: 'fe80::1' }),
      route('0.0.0.0/0', { via: '169.254.1.1' }),
      route('198.51.100.0/24', { via: '192.0.2.1' }),
      route('0.0.0.0/0', {}, { type: 'unreachable', nextHops: [] }),
    ]
    expect(gatewaysOf(...routes)).to.deep.equal([])
  })

  it('are the networks that are on a link, with or without an address of the node in them', () => {
    const routes = [
      route('192.0.2.0/24', { dev: 1 }, { protocol: 2, scope: 253 }),
      route('203.0.113.0/24', { dev: 2 }),
      route('2001:db8::/64', { dev: 1 }),
    ]
    expect(networksOf(...routes)).to.deep.equal(['eth0 192.0.2.0/24', 'eth0 2001:db8::/64', 'eth1 203.0.113.0/24'])
  })

  it('are no networks behind routers, of one host, link-local, for everything, or on links without neighbours', () => {
    const routes = [
      route('198.51.100.0/24', { via: '192.0.2.1' }),
      route('10.244.1.5/32', { dev: 1 }),
      route('fe80::/64', { dev: 1 }),
      route('0.0.0.0/0', { dev: 1 }),
      route('127.0.0.0/8', { dev: 3 }),
      route('192.0.2.0/24', { dev: 1 }, { table: 255, type: 'broadcast' }),
    ]
    expect(networksOf(...routes)).to.deep.equal([])
  })

  it('has the MACs of links that are answered on, and not that of the loopback', () => {
    expect(see().macs).to.deep.equal(['02:00:00:00:00:01', '02:00:00:00:00:02'])
  })

  it('is on every link of its network that an address is asked for', () => {
    const seen = see(
      route('192.0.2.0/24', { dev: 1 }),
      route('192.0.2.0/25', { dev: 1 }),
      route('192.0.0.0/16', { dev: 2 }),
    )
    const namesTo = (address: string) => linksTo(parseAddress(address), seen).map(({ name }) => name)
    expect(namesTo('192.0.2.7')).to.deep.equal(['eth0', 'eth1'])
    expect(namesTo('192.0.3.7')).to.deep.equal(['eth1'])
    expect(namesTo('198.51.100.7')).to.deep.equal([])
  })

  it('changes with links, and with default routes and networks, but not with the thousands of other routes', () => {
    const bears = (changed: Route) => bearsOnSurroundings({ type: 'route-removed', route: changed })
    expect(bears(route('0.0.0.0/0', { via: '192.0.2.1' }))).to.equal(true)
    expect(bears(route('192.0.2.0/24', { dev: 1 }))).to.equal(true)
    expect(bears(route('10.244.1.5/32', { dev: 1 }))).to.equal(false)
    expect(bears(route('198.51.100.0/24', { via: '192.0.2.1' }))).to.equal(false)
    expect(bearsOnSurroundings({ type: 'link', link: link(1, 'eth0') })).to.equal(true)
    expect(bearsOnSurroundings({ type: 'overrun' })).to.equal(true)
  })
})
