import { expect } from 'chai'
import { arpRequestFilter } from './arp-filter.ts'
import { type Arrival, accepts } from './testing/classic-bpf.ts'

const request = Buffer.from(
  'ffffffffffff02000000009908060001080006040001020000000099c0000201000000000000c000020a',
  'hex',
)

const here: Arrival = { interfaceIndex: 7, packetType: 1 }

function passes(frame: Buffer, arrival: Partial<Arrival> = {}): boolean {
  return accepts(arpRequestFilter(here.interfaceIndex), frame, { ...here, ...arrival })
}

describe('the filter of ARP sockets', () => {
  it('lets a request through', () => {
    expect(passes(request)).to.equal(true)
  })

  const changes = { 'a reply': [21, 2], 'another hardware': [15, 6], 'another protocol': [16, 0x86] } as const
  for (const [what, [offset, value]] of Object.entries(changes)) {
    it(`drops ${what}`, () => {
      const frame = Buffer.from(request)
      frame[offset] = value
      expect(passes(frame)).to.equal(false)
    })
  }

  it('drops what is too short to be ARP', () => {
    expect(passes(request.subarray(0, 20))).to.equal(false)
  })

  it('drops what came in a VLAN without an interface, which the kernel marks as for another host', () => {
    expect(passes(request, { packetType: 3 })).to.equal(false)
  })

  it('drops what came in a VLAN with an interface of its own', () => {
    expect(passes(request, { interfaceIndex: 8 })).to.equal(false)
  })

  it('lets what was sent to our MAC alone through', () => {
    expect(passes(request, { packetType: 0 })).to.equal(true)
  })
})
