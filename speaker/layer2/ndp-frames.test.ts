import { expect } from 'chai'
import { addressFromBytes, formatAddress, parseAddress } from '../../net/address.ts'
import { formatMac, parseMac } from '../../net/mac.ts'
import { ethernetOffset } from './ethernet.ts'
import { icmpv6Offset } from './icmpv6.ts'
import { neighbourMessageEnd } from './ndp.ts'
import { solicitationFrame } from './ndp-frames.ts'

const station = { interfaceName: 'eth0', mac: parseMac('02:00:00:00:00:01'), linkLocal: parseAddress('fe80::1') }

describe('A Neighbor Solicitation', () => {
  function destinations(mac: string): string[] {
    const frame = solicitationFrame(parseAddress('2001:db8::ab:cdef'), parseMac(mac), station)
    expect(neighbourMessageEnd(frame, frame.length)).to.equal(frame.length)
    const address = addressFromBytes(frame.subarray(icmpv6Offset.destination, icmpv6Offset.type))
    return [formatMac(frame.subarray(ethernetOffset.destination, ethernetOffset.source)), formatAddress(address)]
  }

  it('goes to a neighbour alone whose MAC is known', () => {
    expect(destinations('02:00:00:00:00:02')).to.deep.equal(['02:00:00:00:00:02', '2001:db8::ab:cdef'])
  })

  it('goes to the group of the address when it is not, and never to the broadcast address of Ethernet', () => {
    expect(destinations('ff:ff:ff:ff:ff:ff')).to.deep.equal(['33:33:ff:ab:cd:ef', 'ff02::1:ffab:cdef'])
  })
})
