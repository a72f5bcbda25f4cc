import { expect } from 'chai'
import { parseSettings } from './settings.ts'

describe('settings of a simulation', () => {
  it('are read as key=value', () => {
    expect(parseSettings(['seed=2', 'loss=0.1'])).to.deep.equal({ seed: 2, loss: 0.1 })
  })

  it('are refused when nobody knows them or when they are no number', () => {
    expect(() => parseSettings(['sed=2'])).to.throw(/"sed" is no setting/)
    expect(() => parseSettings(['seed=two'])).to.throw(/seed: "two"/)
    expect(() => parseSettings(['seed'])).to.throw(/seed: ""/)
  })
})
