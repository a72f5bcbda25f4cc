import { expect } from 'chai'
import type { Link, Route } from '../../net/netlink.ts'
import { parsePrefix } from '../../net/prefix.ts'
import { networkFactsOf } from './network-facts.ts'

const link = (index: number, name: string, more: Partial<Link> = {}): Link => ({
  ...{ index, name, flags: 0, up: true, lowerUp: true, broadcast: true, noArp: false, loopback: false },
  ...{ master: undefined, hardwareAddress: new Uint8Array(6), mtu: 1500, kind: undefined },
  ...more,
})

const viaRouter = { family: 4, value: 0xc0000201n } as const

const route = (destination: string, linkIndex: number, more: Partial<Route> = {}): Route => ({
  ...{ destination: parsePrefix(destination), type: 'unicast', table: 254, protocol: 3, scope: 0 },
  ...{ metric: undefined, preferredSource: undefined },
  nextHops: [{ linkIndex, gateway: destination.endsWith('/0') ? viaRouter : undefined, weight: 1 }],
  ...more,
})

const links = [link(1, 'eth0'), link(2, 'eth1'), link(3, 'lo', { loopback: true })]
const waysBack = (...routes: Route[]) =>
  networkFactsOf({ links, routes }, undefined).usable.flatMap(({ name, isWayBack }) => (isWayBack ? [name] : []))

describe('what the tables of the kernel say about problems', () => {
  it('are the interfaces that can be answered on, and why the others cannot', () => {
    const others = [link(4, 'eno1', { up: false }), link(5, 'eno2', { master: 1 }), link(6, 'cali1')]
    const { usable, unusable } = networkFactsOf({ links: [...links, ...others], routes: [] }, /^cali/)
    expect(usable.map(({ name }) => name)).to.deep.equal(['eth0', 'eth1'])
    expect(unusable).to.deep.equal([
      { name: 'eno1', why: 'down' },
      { name: 'eno2', why: 'enslaved' },
      { name: 'cali1', why: 'excluded' },
    ])
  })

  it('show IPVS by its interface, excluded or not, which is none to answer on', () => {
    const ipvs = link(7, 'kube-ipvs0', { noArp: true, up: false })
    const facts = networkFactsOf({ links: [...links, ipvs], routes: [] }, /^kube-ipvs/)
    expect(facts.hasIpvs).to.equal(true)
    expect(facts.unusable).to.deep.equal([])
    expect(networkFactsOf({ links, routes: [] }, undefined).hasIpvs).to.equal(false)
  })

  it('show which interfaces have IPv4 neighbours: subnets, and not single hosts or what is behind routers', () => {
    const routes = [route('192.0.2.0/24', 1), route('10.1.1.1/32', 2), route('2001:db8::/64', 2), route('0.0.0.0/0', 2)]
    const { usable } = networkFactsOf({ links, routes }, undefined)
    expect(usable.map(({ isInIpv4Network }) => isInIpv4Network)).to.deep.equal([true, false])
  })

  it('show by which interface packets go back: that of the best default route', () => {
    expect(waysBack(route('0.0.0.0/0', 2, { metric: 600 }), route('0.0.0.0/0', 1))).to.deep.equal(['eth0'])
    expect(waysBack(route('0.0.0.0/0', 1), route('0.0.0.0/0', 2))).to.deep.equal(['eth0', 'eth1'])
    expect(waysBack(route('::/0', 1))).to.deep.equal([])
  })

  it('show as a way back what has a table of its own, as policies of routing use them', () =>
    expect(waysBack(route('0.0.0.0/0', 1), route('0.0.0.0/0', 2, { table: 100, metric: 50 }))).to.deep.equal([
      ...['eth0', 'eth1'],
    ]))
})
