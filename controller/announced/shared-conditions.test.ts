import type { V1Condition } from '@kubernetes/client-node'
import { expect } from 'chai'
import { shareConditions } from './shared-conditions.ts'

const service = (...conditions: object[]) => ({ status: { conditions: conditions as V1Condition[] } })
const announced = (message: string) => ({ type: 'metallb.io/Announced', status: 'True', reason: 'Announced', message })
const allocated = { type: 'metallb.io/Allocated', status: 'True', reason: 'Allocated', message: '192.0.2.0' }

describe('conditions that thousands of Services have alike', () => {
  const share = shareConditions()
  const conditionsOf = (...given: object[]) => share(service(...given)).status?.conditions ?? []

  it('are kept once', () => {
    const [, one] = conditionsOf(allocated, announced('same'))
    const [, other] = conditionsOf(allocated, announced('same'))
    expect(one).to.deep.equal(announced('same')).and.equal(other)
    expect(conditionsOf(announced('other'))[0]).to.deep.equal(announced('other'))
  })

  it('are not sought where each Service has its own', () => {
    const [one] = conditionsOf({ ...allocated })
    const [other] = conditionsOf({ ...allocated })
    expect(one).to.deep.equal(allocated)
    expect(one === other).to.equal(false)
  })

  it('are kept right, however many there are', () => {
    for (let index = 0; index < 3_000; index++) {
      expect(conditionsOf(announced(`${index}`))[0]?.message).to.equal(`${index}`)
    }
  })

  it('need not be there', () => {
    expect(share({ metadata: { name: 'web' } })).to.deep.equal({ metadata: { name: 'web' } })
  })
})
