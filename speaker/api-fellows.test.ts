import { expect } from 'chai'
import { ApiFellows } from './api-fellows.ts'

describe('speakers without a member list', () => {
  let told: boolean[]
  let fellows: ApiFellows

  beforeEach(() => {
    told = []
    fellows = new ApiFellows({ node: 'n1', onFit: (isFit) => told.push(isFit) })
  })

  it('say nothing of their fitness before everything has been elected', () => {
    fellows.setFit(false)
    expect(fellows.phase).to.equal('starting')
    expect(told).to.deep.equal([])
  })

  it('serve once it has, and tell by their readiness that they are unfit, and fit again', async () => {
    fellows.settled()
    await fellows.hasStarted
    expect(fellows.phase).to.equal('serving')
    fellows.setFit(false)
    expect(fellows.phase).to.equal('unfit')
    fellows.setFit(true)
    expect(fellows.phase).to.equal('serving')
    expect(told).to.deep.equal([true, false, true])
  })

  it('are unfit and have not started when they were never fit', async () => {
    let hasStarted = false
    void fellows.hasStarted.then(() => {
      hasStarted = true
    })
    fellows.setFit(false)
    fellows.settled()
    await new Promise(setImmediate)
    expect([fellows.phase, hasStarted, told.join()]).to.deep.equal(['unfit', false, 'false'])
    fellows.setFit(true)
    await fellows.hasStarted
  })

  it('go on leaving, fit or not', async () => {
    fellows.settled()
    await fellows.leave()
    fellows.setFit(false)
    expect(fellows.phase).to.equal('leaving')
  })
})
