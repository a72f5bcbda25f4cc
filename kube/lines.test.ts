import { expect } from 'chai'
import fc from 'fast-check'
import { LineSplitter } from './lines.ts'

describe('line splitter', () => {
  it('gives the same lines wherever the stream is cut, also inside a character', () => {
    const text = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', '')))
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 40 })), (lines, cuts) => {
        const splitter = new LineSplitter()
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        const seen: string[] = []
        let start = 0
        for (const size of [...cuts, bytes.length]) {
          splitter.push(bytes.subarray(start, start + size), (line) => seen.push(line))
          start += size
        }
        expect(seen).to.eql(lines.filter((line) => line !== ''))
      }),
    )
  })

  it('keeps an unfinished last line to itself', () => {
    const seen: string[] = []
    new LineSplitter().push(Buffer.from('whole\nhal'), (line) => seen.push(line))
    expect(seen).to.eql(['whole'])
  })
})
