import { expect } from 'chai'
import { solicitationFilter } from './ndp-filter.ts'

const solicitation = Buffer.concat([
  Buffer.from('3333ff00001002000000009986dd6000000000203aff', 'hex'),
  Buffer.alloc(32),
  Buffer.from('87000000', 'hex'),
])

/** What the kernel does with the few instructions that the filter uses (classic BPF). */
function accepts(frame: Buffer, program = Buffer.from(solicitationFilter())): boolean {
  let accumulator = 0
  for (let at = 0; ; at += 8) {
    const [code, operand] = [program.readUInt16LE(at), program.readUInt32LE(at + 4)]
    if ((code & 0x07) === 0 && operand + 2 > frame.length) return false
    if (code === 0x28) accumulator = frame.readUInt16BE(operand)
    if (code === 0x30) accumulator = frame.readUInt8(operand)
    if (code === 0x15) at += 8 * program[at + (accumulator === operand ? 2 : 3)]!
    if (code === 0x06) return operand > 0
  }
}

describe('the filter of NDP sockets', () => {
  it('lets a solicitation through', () => {
    expect(accepts(solicitation)).to.equal(true)
  })

  const changes = { advertisements: [54, 136], 'what was forwarded': [21, 254], TCP: [20, 6] } as const
  for (const [what, [offset, value]] of Object.entries(changes)) {
    it(`drops ${what}`, () => {
      const frame = Buffer.from(solicitation)
      frame[offset] = value
      expect(accepts(frame)).to.equal(false)
    })
  }
})
