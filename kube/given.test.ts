import { expect } from 'chai'
import { given } from './given.ts'

describe('given', () => {
  it('leaves out what is undefined, and nothing else', () => {
    const kept = given({ a: 1, b: undefined, c: null, d: '', e: false })
    expect(Object.keys(kept)).to.deep.equal(['a', 'c', 'd', 'e'])
    expect(kept).to.deep.equal({ a: 1, c: null, d: '', e: false })
  })
})
