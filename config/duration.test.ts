import { expect } from 'chai'
import { parseDuration } from './duration.ts'

describe('parseDuration', () => {
  const rows: [text: string, nanos: number | undefined][] = [
    ['0', 0],
    ['0s', 0],
    ['90s', 90e9],
    ['+1.5h', 5400e9],
    ['1h30m', 5400e9],
    ['.5s', 5e8],
    ['1.s', 1e9],
    ['2900ms', 29e8],
    ['3µs', 3000],
    ['7ns', 7],
    ['', undefined],
    ['90', undefined],
    ['-1s', undefined],
    ['1d', undefined],
    ['1s ', undefined],
    ['s', undefined],
    ['.s', undefined],
  ]
  for (const [text, nanos] of rows) {
    it(`reads ${JSON.stringify(text)} as ${nanos ?? 'no duration'}`, () => expect(parseDuration(text)).to.equal(nanos))
  }

  it('turns down a long text as fast as a short one: anybody in the cluster can send one to the webhook', () => {
    expect(parseDuration('1'.repeat(1_000_000))).to.equal(undefined)
    expect(parseDuration(`${'1.'.repeat(500_000)}s`)).to.equal(undefined)
  }).timeout(1_000)
})
