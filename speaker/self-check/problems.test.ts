import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { UsableInterface } from './network-facts.ts'
import { type HostFacts, problemRows, problemsOf } from './problems.ts'

const usable = (name: string, more: Partial<UsableInterface> = {}): UsableInterface => ({
  ...{ name, isInIpv4Network: true, isWayBack: true },
  ...more,
})

/** A node as it should be, with two interfaces. */
const healthy = {
  'net/core/rmem_max': 212_992,
  'net/core/optmem_max': 20_480,
  'net/ipv6/conf/all/forwarding': 1,
  ...ofInterface('all', {}),
  ...ofInterface('eth0', { forwarding: 1 }),
  ...ofInterface('eth1', { forwarding: 1 }),
}

function ofInterface(name: string, settings: Record<string, number>): Record<string, number> {
  const all = { arp_ignore: 0, arp_announce: 0, rp_filter: 0, forwarding: 1, ...settings }
  return Object.fromEntries(Object.entries(all).map(([setting, value]) => [`net/ipv4/conf/${name}/${setting}`, value]))
}

function facts(settings: Record<string, number> = {}, more: Partial<HostFacts> = {}): HostFacts {
  return {
    network: { usable: [usable('eth0'), usable('eth1', { isWayBack: false })], unusable: [], hasIpvs: false },
    settings: new Map(Object.entries({ ...healthy, ...settings })),
    ...{ families: new Set([4, 6] as const), kubeProxyFault: undefined, lost: [] },
    ...more,
  }
}

const reasonsOf = (given: HostFacts) => problemsOf(given).map(({ reason }) => reason)
const ipvs = { network: { ...facts().network, hasIpvs: true } }
const strictArp = ofInterface('all', { arp_ignore: 1, arp_announce: 2 })

describe('the checks of a node', () => {
  it('find nothing wrong with a node as it should be', () => expect(problemsOf(facts())).to.deep.equal([]))

  it('find nothing wrong where nothing can be read', () =>
    expect(problemsOf(facts({}, { ...ipvs, settings: new Map() }))).to.deep.equal([]))

  for (const [what, given, expected] of [
    ['IPVS without strictARP', facts({}, ipvs), ['StrictArpOff']],
    ['IPVS with strictARP', facts(strictArp, ipvs), []],
    ['IPVS with arp_ignore alone', facts(ofInterface('all', { arp_ignore: 1 }), ipvs), ['StrictArpOff']],
    [
      'IPVS with strictARP on each interface instead of all',
      facts({ ...rename(strictArp, 'eth0'), ...rename(strictArp, 'eth1') }, ipvs),
      [],
    ],
    ['strictARP off without IPVS', facts(), []],
    ['arp_ignore 8', facts({ 'net/ipv4/conf/eth1/arp_ignore': 8 }), ['ArpIgnoreAll']],
    ['arp_ignore 2 and arp_filter', facts({ ...ofInterface('all', { arp_ignore: 2, arp_filter: 1 }) }), []],
    ['strict rp_filter off the way back', facts({ 'net/ipv4/conf/eth1/rp_filter': 1 }), ['ReversePathFilterStrict']],
    ['strict rp_filter for all', facts({ 'net/ipv4/conf/all/rp_filter': 1 }), ['ReversePathFilterStrict']],
    ['strict rp_filter on the way back alone', facts({ 'net/ipv4/conf/eth0/rp_filter': 1 }), []],
    [
      'strict rp_filter that loose for all overrides',
      facts({ 'net/ipv4/conf/eth1/rp_filter': 1, 'net/ipv4/conf/all/rp_filter': 2 }),
      [],
    ],
    [
      'strict rp_filter of an interface that has no IPv4 network',
      facts(
        { 'net/ipv4/conf/eth1/rp_filter': 1 },
        { network: { ...facts().network, usable: [usable('eth0'), usable('eth1', { isInIpv4Network: false })] } },
      ),
      [],
    ],
    [
      'strict rp_filter of the only interface with a network, where the way back needs none',
      facts(
        { 'net/ipv4/conf/eth1/rp_filter': 1 },
        {
          network: {
            ...facts().network,
            usable: [usable('eth0', { isInIpv4Network: false }), usable('eth1', { isWayBack: false })],
          },
        },
      ),
      ['ReversePathFilterStrict'],
    ],
    [
      'strict rp_filter where there is no way back to others than neighbours',
      facts(
        { 'net/ipv4/conf/all/rp_filter': 1 },
        { network: { ...facts().network, usable: [usable('eth1', { isWayBack: false })] } },
      ),
      [],
    ],
    ['no forwarding on an interface', facts({ 'net/ipv4/conf/eth0/forwarding': 0 }), ['ForwardingOff']],
    ['no forwarding of IPv6', facts({ 'net/ipv6/conf/all/forwarding': 0 }), ['ForwardingOff']],
    [
      'no forwarding of a family that no pool has',
      facts({ 'net/ipv6/conf/all/forwarding': 0 }, { families: new Set([4] as const) }),
      [],
    ],
    ['little room for packets', facts({ 'net/core/rmem_max': 131_072 }), ['SocketBuffersSmall']],
    ['little room for groups', facts({ 'net/core/optmem_max': 10_240 }), ['SocketBuffersSmall']],
    ['IPv6 disabled on one interface of two', facts({ 'net/ipv6/conf/eth0/disable_ipv6': 1 }), []],
    [
      'IPv6 disabled on all interfaces',
      facts({ 'net/ipv6/conf/eth0/disable_ipv6': 1, 'net/ipv6/conf/eth1/disable_ipv6': 1 }),
      ['IPv6Off'],
    ],
    [
      'IPv6 disabled where no pool has addresses of it',
      facts({ 'net/ipv6/conf/eth0/disable_ipv6': 1, 'net/ipv6/conf/eth1/disable_ipv6': 1 }, { families: new Set([4]) }),
      [],
    ],
    ['speakers that are not heard', facts({}, { lost: ['n2'] }), ['SpeakersUnheard']],
    ['a sick kube-proxy', facts({}, { kubeProxyFault: 'answered 503' }), ['KubeProxyUnhealthy']],
    [
      'no interface',
      facts({}, { network: { usable: [], unusable: [{ name: 'eth0', why: 'down' }], hasIpvs: true } }),
      ['NoUsableInterface'],
    ],
  ] as const) {
    it(`judge ${what}: ${expected.join() || 'fine'}`, () => expect(reasonsOf(given)).to.deep.equal(expected))
  }

  it('name what is at fault, what comes of it and what to do', () =>
    expect(problemsOf(facts({ 'net/ipv4/conf/eth1/rp_filter': 1 }))[0]?.message).to.equal(
      'rp_filter is strict on eth1: packets of clients behind a router there are dropped: set rp_filter to 2 (loose), or announce on other interfaces',
    ))

  it('stay short on a node with hundreds of interfaces', () => {
    const names = Array.from({ length: 500 }, (_, i) => `interface${i}`)
    const settings = new Map(names.map((name) => [`net/ipv4/conf/${name}/arp_ignore`, 8]))
    const network = { usable: names.map((name) => usable(name)), unusable: [], hasIpvs: true }
    for (const { message } of problemsOf(facts({}, { network, settings }))) expect(message.length).to.be.below(400)
  })
})

function rename(settings: Record<string, number>, name: string): Record<string, number> {
  return Object.fromEntries(
    Object.entries(settings).map(([path, value]) => [path.replace('/all/', `/${name}/`), value]),
  )
}

describe('the pages about problems', () => {
  const folder = join(import.meta.dirname, '../../docs/problems')
  const pages = readdirSync(folder).filter((name) => name !== 'README.md')

  it('are one for each reason, and no others', () =>
    expect(pages.sort()).to.deep.equal(problemRows.map(({ reason }) => `${reason}.md`).sort()))

  it('are all in the list of pages', () => {
    const list = readFileSync(join(folder, 'README.md'), 'utf8')
    expect([...list.matchAll(/\]\((\w+\.md)\)/g)].map(([, page]) => page).sort()).to.deep.equal(pages.sort())
  })

  for (const page of pages) {
    it(`say what is seen, why, how to mend it and how to check: ${page}`, () => {
      const text = readFileSync(join(folder, page), 'utf8')
      const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
      expect(headings).to.deep.equal(['What you see', 'Why', 'How to mend it', 'How to check'])
      expect(text).to.match(new RegExp(`^# ${page.replace('.md', '')}\n`))
    })
  }
})
