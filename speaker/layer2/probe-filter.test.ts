import { expect } from 'chai'
import { parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { arpOperation, encodeArpFrame, probeFrame } from './arp.ts'
import { encodeIcmpv6Frame, multicastMac } from './icmpv6.ts'
import { allNodes, encodeNeighborAdvertisement, encodeNeighborSolicitation, solicitedNodeGroup } from './ndp.ts'
import { arpClaimFilter, ndpClaimFilter } from './probe-filter.ts'
import { accepts } from './testing/classic-bpf.ts'

const mac = parseMac('02:00:00:00:00:99')
const here = { interfaceIndex: 7, packetType: 0 }
const ipv4 = (text: string) => Number(parseAddress(text).value)

describe('the filter of a probe by ARP', () => {
  const passes = (frame: Uint8Array, arrival = here) =>
    accepts(arpClaimFilter(7, ipv4('192.0.2.10')), Buffer.from(frame), arrival)
  const arp = (operation: number, sender: string, target: string) =>
    encodeArpFrame({
      ...{ destination: mac, source: mac, senderMac: mac, targetMac: mac, operation },
      ...{ senderAddress: ipv4(sender), targetAddress: ipv4(target) },
    })

  it('lets answers and announcements from the address through', () => {
    expect(passes(arp(arpOperation.reply, '192.0.2.10', '0.0.0.0'))).to.equal(true)
    expect(passes(arp(arpOperation.request, '192.0.2.10', '192.0.2.10'))).to.equal(true)
  })

  it('lets probes of others for it through (RFC 5227)', () => {
    expect(passes(probeFrame(mac, ipv4('192.0.2.10')))).to.equal(true)
    expect(passes(probeFrame(mac, ipv4('192.0.2.11')))).to.equal(false)
  })

  it('drops who only asks for it, and all that is about other addresses, or came on other interfaces', () => {
    expect(passes(arp(arpOperation.request, '192.0.2.1', '192.0.2.10'))).to.equal(false)
    expect(passes(arp(arpOperation.reply, '192.0.2.11', '192.0.2.10'))).to.equal(false)
    const claim = arp(arpOperation.reply, '192.0.2.10', '0.0.0.0')
    expect(passes(claim, { interfaceIndex: 8, packetType: 0 })).to.equal(false)
    expect(passes(claim, { interfaceIndex: 7, packetType: 3 })).to.equal(false)
  })
})

describe('the filter of a probe by Neighbor Discovery', () => {
  const address = parseAddress('2001:db8::10')
  const passes = (frame: Uint8Array) => accepts(ndpClaimFilter(7, address), Buffer.from(frame), here)
  const frame = (source: string, message: Uint8Array, hopLimit = 255) =>
    encodeIcmpv6Frame({
      ...{ destinationMac: multicastMac(allNodes), sourceMac: mac, hopLimit },
      ...{ source: parseAddress(source), destination: solicitedNodeGroup(address), message },
    })
  const advertisement = (target: string) =>
    encodeNeighborAdvertisement({ target: parseAddress(target), targetMac: mac, solicited: false, override: true })

  it('lets advertisements of the address through, from neighbours', () => {
    expect(passes(frame('fe80::1', advertisement('2001:db8::10')))).to.equal(true)
    expect(passes(frame('fe80::1', advertisement('2001:db8::11')))).to.equal(false)
    expect(passes(frame('fe80::1', advertisement('2001:db8::10'), 64))).to.equal(false)
  })

  it('lets who looks for duplicates of it through (RFC 4862), and not who only asks for it', () => {
    expect(passes(frame('::', encodeNeighborSolicitation(address)))).to.equal(true)
    expect(passes(frame('::', encodeNeighborSolicitation(parseAddress('2001:db8::11'))))).to.equal(false)
    expect(passes(frame('fe80::1', encodeNeighborSolicitation(address)))).to.equal(false)
  })
})
