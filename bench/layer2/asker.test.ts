import { expect } from 'chai'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { formatMac, parseMac } from '../../net/mac.ts'
import { ArpDialect } from '../../speaker/layer2/arp-dialect.ts'
import { AnnouncementBook } from '../../speaker/layer2/book.ts'
import type { Interface } from '../../speaker/layer2/interfaces.ts'
import { NdpDialect } from '../../speaker/layer2/ndp-dialect.ts'
import { arpAsker } from './arp-asker.ts'
import { ndpAsker } from './ndp-asker.ts'

const at: Interface = {
  ...{ index: 1, name: 'eth0', arp: true, carrier: true, mac: parseMac('02:00:00:00:00:01') },
  linkLocal: parseAddress('fe80::1'),
}
const own = parseMac('02:00:00:00:00:99')

describe('who asks for addresses and measures the answers', () => {
  for (const [asker, dialect, address] of [
    [arpAsker, new ArpDialect(at), parseAddress('192.0.2.10')],
    [ndpAsker, new NdpDialect(at), parseAddress('2001:db8::10')],
  ] as const) {
    it(`knows which request a speaker's reply is to, and whose MAC is in it: ${formatAddress(address)}`, () => {
      const book = new AnnouncementBook()
      book.hold('app/a', address, 'all')
      book.cast(address, 'own')
      const request = Buffer.from(asker.request(address, own))
      asker.setNumber(request, 0x123456)
      const reply = Buffer.from(dialect.replyBlank)
      expect(dialect.answer(request, request.length, book, reply)).not.to.be.a('string')
      expect(asker.answeredNumber(reply)).to.equal(0x123456)
      expect(formatMac(asker.answeredMac(reply))).to.equal('02:00:00:00:00:01')
      expect(asker.answeredNumber(request), 'its own request is no reply').to.equal(undefined)
    })
  }
})
