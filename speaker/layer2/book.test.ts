import { expect } from 'chai'
import { type Address, addressToBytes, formatAddress, parseAddress } from '../../net/address.ts'
import { AnnouncementBook, type Holding } from './book.ts'

const v4 = parseAddress('192.0.2.10')
const v6 = parseAddress('2001:db8::a')

const users = (book: AnnouncementBook, address: Address): number => book.find(address)?.users ?? 0
const text = ({ address }: Holding): string => formatAddress(address)

describe('AnnouncementBook', () => {
  it('knows an address from hold to release', () => {
    const book = new AnnouncementBook()
    book.hold('app/a', v4, 'all')
    expect(users(book, v4)).to.equal(1)
    expect(book.release('app/a').map(text)).to.deep.equal(['192.0.2.10'])
    expect(users(book, v4)).to.equal(0)
    expect(book.ipv4(addressToBytes(v4), 0)).to.equal(undefined)
  })

  it('finds an IPv6 address by its bytes, and never another one with the same key', () => {
    const book = new AnnouncementBook()
    const [one, other] = [parseAddress('2001:db8::a'), parseAddress('2001:db9::a')]
    const find = (address: Address) => book.ipv6(Uint8Array.of(7, ...addressToBytes(address)), 1)?.address
    book.hold('app/a', one, 'all')
    expect([find(one), find(other)]).to.deep.equal([one, undefined])
    book.hold('app/b', other, 'all')
    expect([find(one), find(other)]).to.deep.equal([one, other])
    book.release('app/a')
    expect([find(one), find(other)]).to.deep.equal([undefined, other])
    book.release('app/b')
    expect([find(one), find(other)]).to.deep.equal([undefined, undefined])
  })

  it('has no role for an address until it is given one, and none again once it was released', () => {
    const book = new AnnouncementBook()
    expect(book.cast(v4, 'own')).to.equal(undefined)
    expect(book.hold('app/a', v4, 'all').role).to.equal('nobody')
    expect(book.cast(v4, 'own')?.role).to.equal('own')
    expect(book.hold('app/b', v4, 'all').role).to.equal('own')
    for (const service of ['app/a', 'app/b']) book.release(service)
    expect(book.hold('app/a', v4, 'all').role).to.equal('nobody')
  })

  it('does not count a Service twice', () => {
    const book = new AnnouncementBook()
    book.hold('app/a', v4, 'all')
    book.hold('app/a', v4, 'all')
    expect(users(book, v4)).to.equal(1)
    book.release('app/a')
    expect(users(book, v4)).to.equal(0)
  })

  it('keeps a shared address until the last Service lets go', () => {
    const book = new AnnouncementBook()
    book.hold('app/a', v4, 'all')
    book.hold('app/b', v4, 'all')
    expect(book.release('app/a')).to.deep.equal([])
    expect(users(book, v4)).to.equal(1)
    expect(book.release('app/b').map(text)).to.deep.equal(['192.0.2.10'])
  })

  it('withdraws the interfaces of the Service that lets go', () => {
    const book = new AnnouncementBook()
    const holding = book.hold('app/a', v4, ['eth0'])
    book.hold('app/b', v4, ['eth1'])
    book.release('app/a')
    expect(holding.allows('eth0')).to.equal(false)
    expect(holding.allows('eth1')).to.equal(true)
  })

  it('replaces the interfaces when a Service asks again', () => {
    const book = new AnnouncementBook()
    book.hold('app/a', v4, 'all')
    expect(book.hold('app/a', v4, ['eth1']).allows('eth0')).to.equal(false)
  })

  it('releases all addresses of a Service', () => {
    const book = new AnnouncementBook()
    book.hold('app/a', v4, 'all')
    book.hold('app/a', v6, 'all')
    expect(book.release('app/a').map(text)).to.deep.equal(['192.0.2.10', '2001:db8::a'])
    expect([...book.holdings()]).to.deep.equal([])
  })

  it('does not mind a Service that it does not know', () => {
    expect(new AnnouncementBook().release('app/a')).to.deep.equal([])
  })

  it('goes on counting when an address comes back', () => {
    const book = new AnnouncementBook()
    book.hold('app/a', v4, 'all').counters.responsesSent = 7
    book.release('app/a')
    expect(book.counters().get('192.0.2.10')?.responsesSent).to.equal(7)
    expect(book.hold('app/b', v4, 'all').counters.responsesSent).to.equal(7)
  })
})
