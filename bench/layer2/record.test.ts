import { expect } from 'chai'
import { gapsMillis, millisWithTwoOwners, moved, ownersAt, type Recording, unanswered } from './record.ts'

describe('a recording of answers', () => {
  /** One string for each address, a digit for each tick: the bits of who answered. */
  const recordingOf = (...lines: string[]): Recording => {
    const ticks = lines[0]!.length
    const answers = Uint8Array.from({ length: ticks * lines.length }, (_, i) =>
      Number(lines[i % lines.length]![Math.floor(i / lines.length)]),
    )
    return { intervalMillis: 5, addresses: lines.length, macs: ['a', 'b'], answers, marks: {} }
  }

  it('tells the longest silence of each address, also one that lasts', () => {
    expect(gapsMillis(recordingOf('1100111', '1111000', '1111111'), 1)).to.deep.equal([10, 15, 0])
  })

  it('counts questions without an answer from a tick on', () => {
    expect(unanswered(recordingOf('0010', '0111'), 1)).to.equal(2)
  })

  it('tells who answered last', () => {
    const recording = recordingOf('1120', '1000', '0000')
    expect(ownersAt(recording, 3)).to.deep.equal(['b', 'a', undefined])
    expect(moved(recording, 1)).to.equal(1)
  })

  it('tells until when two answered', () => {
    expect(millisWithTwoOwners(recordingOf('3311', '1131'), 1)).to.equal(10)
    expect(millisWithTwoOwners(recordingOf('3111', '1112'), 1)).to.equal(0)
  })
})
