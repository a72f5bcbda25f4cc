import { expect } from 'chai'
import { solicitationFilter } from './ndp-filter.ts'
import { type Arrival, accepts } from './testing/classic-bpf.ts'

const solicitation = Buffer.concat([
  Buffer.from('3333ff00001002000000009986dd6000000000203aff', 'hex'),
  Buffer.alloc(32),
  Buffer.from('87000000', 'hex'),
])

const here: Arrival = { interfaceIndex: 7, packetType: 2 }

function passes(frame: Buffer, arrival: Partial<Arrival> = {}): boolean {
  return accepts(solicitationFilter(here.interfaceIndex), frame, { ...here, ...arrival })
}

describe('the filter of NDP sockets', () => {
  it('lets a solicitation through', () => {
    expect(passes(solicitation)).to.equal(true)
  })

  const changes = { advertisements: [54, 136], 'what was forwarded': [21, 254], TCP: [20, 6] } as const
  for (const [what, [offset, value]] of Object.entries(changes)) {
    it(`drops ${what}`, () => {
      const frame = Buffer.from(solicitation)
      frame[offset] = value
      expect(passes(frame)).to.equal(false)
    })
  }

  it('drops what came in a VLAN without an interface, which the kernel marks as for another host', () => {
    expect(passes(solicitation, { packetType: 3 })).to.equal(false)
  })

  it('drops what came in a VLAN with an interface of its own', () => {
    expect(passes(solicitation, { interfaceIndex: 8 })).to.equal(false)
  })

  it('lets what was sent to our MAC alone through', () => {
    expect(passes(solicitation, { packetType: 0 })).to.equal(true)
  })
})
