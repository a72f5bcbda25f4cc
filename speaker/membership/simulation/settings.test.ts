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

  it('are refused out of their range, which is told', () => {
    expect(() => parseSettings(['loss=200'])).to.throw('loss: "200" is not a number from 0 to 0.9')
    expect(() => parseSettings(['heartbeatMillis=0'])).to.throw('heartbeatMillis: "0" is not a number from 20')
    expect(() => parseSettings(['standInSeconds=-5'])).to.throw('standInSeconds: "-5" is not a number from 0')
  })
})
