import { expect } from 'chai'
import { formatAddress, parseAddress } from '../../net/address.ts'
import type { Link, LinkAddress } from '../../net/netlink.ts'
import { InterfaceTable, type Unsuitability, unsuitability } from './interfaces.ts'

const link = (changes: Partial<Link> = {}): Link => ({
  index: 2,
  name: 'eth0',
  flags: 0,
  up: true,
  lowerUp: true,
  broadcast: true,
  noArp: false,
  loopback: false,
  master: undefined,
  hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
  mtu: 1500,
  kind: undefined,
  ...changes,
})

const rows: { sentence: string; changes: Partial<Link>; is: Unsuitability | undefined }[] = [
  { sentence: 'takes an Ethernet interface that is up', changes: {}, is: undefined },
  { sentence: 'takes one without a carrier: it may come back', changes: { lowerUp: false }, is: undefined },
  { sentence: 'leaves out what is excluded', changes: { name: 'docker0' }, is: 'excluded' },
  { sentence: 'leaves out what is down', changes: { up: false }, is: 'down' },
  { sentence: 'leaves out a port of a bridge or bond', changes: { master: 7 }, is: 'enslaved' },
  { sentence: 'leaves out what does not do ARP', changes: { noArp: true }, is: 'no-arp' },
  {
    sentence: 'leaves out what has no MAC',
    changes: { hardwareAddress: undefined },
    is: 'no-hardware-address',
  },
  {
    sentence: 'leaves out hardware addresses of another length',
    changes: { hardwareAddress: new Uint8Array(20) },
    is: 'no-hardware-address',
  },
]

describe('the choice of interfaces', () => {
  for (const { sentence, changes, is } of rows) {
    it(sentence, () => {
      expect(unsuitability(link(changes), /^docker.*/)).to.equal(is)
    })
  }

  it('knows interfaces that are down by name, but not those that are excluded', () => {
    const table = new InterfaceTable(/^docker/)
    table.replace([link({ up: false }), link({ index: 3, name: 'docker0' })], [])
    expect(['eth0', 'docker0', 'eth9'].map((name) => table.exists(name))).to.deep.equal([true, false, false])
    expect(table.suitable()).to.deep.equal([])
  })

  it('uses a link-local address from the end of duplicate address detection to its removal', () => {
    const address = (changes: Partial<LinkAddress> = {}): LinkAddress => ({
      linkIndex: 2,
      address: parseAddress('fe80::1'),
      prefixLength: 64,
      scope: 253,
      tentative: false,
      ...changes,
    })
    const table = new InterfaceTable(undefined)
    const linkLocal = () => table.suitable().map(({ linkLocal }) => linkLocal && formatAddress(linkLocal))
    table.replace([link()], [address({ tentative: true }), address({ address: parseAddress('2001:db8::1') })])
    expect(linkLocal()).to.deep.equal([undefined])
    table.apply({ type: 'address', address: address() })
    expect(linkLocal()).to.deep.equal(['fe80::1'])
    table.apply({ type: 'address-removed', address: address() })
    expect(linkLocal()).to.deep.equal([undefined])
  })

  it('knows how neighbours reach this host: by MAC, first IPv4 address and link-local address of each interface', () => {
    const on = (text: string, changes: Partial<LinkAddress> = {}): LinkAddress => ({
      ...{ linkIndex: 2, address: parseAddress(text), prefixLength: 64, scope: 0, tentative: false },
      ...changes,
    })
    const table = new InterfaceTable(undefined)
    const texts = () =>
      table.whereabouts().map(({ mac, ipv4, ipv6 }) => [mac, ipv4 && formatAddress(ipv4), ipv6 && formatAddress(ipv6)])
    table.replace([link()], [on('127.0.0.1', { scope: 254 }), on('192.0.2.1'), on('192.0.2.2'), on('2001:db8::1')])
    expect(texts()).to.deep.equal([['02:00:00:00:00:01', '192.0.2.1', undefined]])
    table.apply({ type: 'address', address: on('192.0.2.1') })
    table.apply({ type: 'address', address: on('fe80::1', { scope: 253 }) })
    expect(texts()).to.deep.equal([['02:00:00:00:00:01', '192.0.2.1', 'fe80::1']])
    table.apply({ type: 'address-removed', address: on('192.0.2.1') })
    expect(texts()).to.deep.equal([['02:00:00:00:00:01', '192.0.2.2', 'fe80::1']])
    table.apply({ type: 'link', link: link({ up: false }) })
    expect(texts()).to.deep.equal([])
  })

  it('says that addresses of other interfaces do not matter, such as those that kube-proxy has by the thousand', () => {
    const table = new InterfaceTable(undefined)
    table.replace([link(), link({ index: 3, name: 'kube-ipvs0', noArp: true })], [])
    const address = { address: parseAddress('192.0.2.1'), prefixLength: 32, scope: 0, tentative: false }
    const matters = (linkIndex: number) => table.apply({ type: 'address', address: { ...address, linkIndex } })
    expect([2, 3, 4].map(matters)).to.deep.equal([true, false, false])
  })

  it('follows an interface by its index through renaming and removal', () => {
    const table = new InterfaceTable(undefined)
    table.replace([link()], [])
    table.apply({ type: 'link', link: link({ name: 'lan0' }) })
    expect(table.suitable().map(({ index, name }) => [index, name])).to.deep.equal([[2, 'lan0']])
    table.apply({ type: 'link-removed', link: link({ name: 'lan0' }) })
    expect(table.suitable()).to.deep.equal([])
  })
})
