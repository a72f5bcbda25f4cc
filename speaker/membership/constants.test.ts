import { expect } from 'chai'
import { deriveConstants } from './constants.ts'

describe('the constants', () => {
  it('are those of the simulation at the defaults', () => {
    expect(deriveConstants()).to.deep.include({
      ...{ heartbeatMillis: 100, voteMillis: 400, askMillis: 130, askAgainMillis: 45, tickMillis: 25, watchers: 3 },
      ...{ aloneMillis: 500, deafMillis: 500, gatherMillis: 5, quietMillis: 200, pingAgainMillis: 60, crashMillis: 30 },
    })
  })

  it('are all five times slower where heartbeat and vote are: for networks between sites', () => {
    const [lan, wan] = [deriveConstants(), deriveConstants({ heartbeatMillis: 500, voteMillis: 2000 })]
    const fixed = ['heartbeatJitter', 'watchers', 'paceMillis', 'forgetMillis']
    for (const [name, value] of Object.entries(lan)) {
      expect(wan[name as keyof typeof wan], name).to.be.closeTo(fixed.includes(name) ? value : 5 * value, 1e-6)
    }
  })

  it('can be set one by one', () => {
    expect(deriveConstants({ gatherMillis: 1 })).to.include({ gatherMillis: 1, heartbeatMillis: 100 })
  })
})
