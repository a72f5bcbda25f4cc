import { expect } from 'chai'
import { arpRequestFilter } from './arp-filter.ts'

const request = Buffer.from(
  'ffffffffffff02000000009908060001080006040001020000000099c0000201000000000000c000020a',
  'hex',
)

/** What the kernel does with the few instructions that the filter uses (classic BPF, host order little-endian). */
function accepts(frame: Buffer, program = Buffer.from(arpRequestFilter())): boolean {
  let accumulator = 0
  for (let at = 0; ; at += 8) {
    const [code, operand] = [program.readUInt16LE(at), program.readUInt32LE(at + 4)]
    if (code === 0x20 && operand + 4 > frame.length) return false
    if (code === 0x20) accumulator = frame.readUInt32BE(operand)
    if (code === 0x15) at += 8 * program[at + (accumulator === operand ? 2 : 3)]!
    if (code === 0x06) return operand > 0
  }
}

describe('the filter of ARP sockets', () => {
  it('lets a request through', () => {
    expect(accepts(request)).to.equal(true)
  })

  const changes = { 'a reply': [21, 2], 'another hardware': [15, 6], 'another protocol': [16, 0x86] } as const
  for (const [what, [offset, value]] of Object.entries(changes)) {
    it(`drops ${what}`, () => {
      const frame = Buffer.from(request)
      frame[offset] = value
      expect(accepts(frame)).to.equal(false)
    })
  }

  it('drops what is too short to be ARP', () => {
    expect(accepts(request.subarray(0, 20))).to.equal(false)
  })
})
