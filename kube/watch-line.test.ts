import { expect } from 'chai'
import { parseWatchLine } from './watch-line.ts'

const line = (type: string, object: object) => JSON.stringify({ type, object })

describe('a line of a watch', () => {
  it('is a failure with its time to stay away, five minutes at most', () => {
    const failed = (retryAfterSeconds: number) =>
      parseWatchLine(line('ERROR', { code: 429, message: 'slow', details: { retryAfterSeconds } }))
    const failure = { status: 429, message: 'slow' }
    expect(failed(7)).to.eql({ kind: 'failed', failure: { ...failure, retryAfterMillis: 7_000 } })
    expect(failed(1e9)).to.eql({ kind: 'failed', failure: { ...failure, retryAfterMillis: 300_000 } })
  })

  it('is refused when it is not one', () => {
    for (const nonsense of ['', '{', line('SOMETHING', {})])
      expect(() => parseWatchLine(nonsense)).to.throw(SyntaxError)
  })
})
