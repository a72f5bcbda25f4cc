import { expect } from 'chai'
import { type Condition, nextConditions, sameConditions } from './conditions.ts'
import type { Health } from './health.ts'

const early = new Date('2026-01-01T00:00:00.900Z')
const late = new Date('2026-01-01T01:00:00.000Z')
const available: Health = { state: 'available', message: 'all ready' }
const progressing: Health = { state: 'progressing', message: '2/3 ready' }
const degraded: Health = { state: 'degraded', reason: 'ImagePullBackOff', message: 'no such image' }

describe('conditions', () => {
  const rows: [health: Health, states: string][] = [
    [available, 'Available=True Upgradeable=True Progressing=False Degraded=False'],
    [progressing, 'Available=False Upgradeable=False Progressing=True Degraded=False'],
    [degraded, 'Available=False Upgradeable=False Progressing=False Degraded=True'],
  ]
  for (const [health, states] of rows) {
    it(`are the full set when ${health.state}`, () => {
      const list = nextConditions([], health, 1, early).map(({ type, status }) => `${type}=${status}`)
      expect(list.join(' ')).to.equal(states)
    })
  }

  it('carry reason and message where they hold, their own type as reason elsewhere', () => {
    const [first, , , last] = nextConditions([], degraded, 1, early)
    expect(last).to.include({ reason: 'ImagePullBackOff', message: 'no such image' })
    expect(first).to.include({ reason: 'Available', message: '' })
  })

  it('have reasons that the schema admits', () => {
    for (const health of [available, progressing, degraded])
      for (const { reason } of nextConditions([], health, 1, early))
        expect(reason).to.match(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
  })

  it('change a transition time only with the status of that condition', () => {
    const before = nextConditions([], progressing, 1, early)
    const after = nextConditions(before, degraded, 1, late)
    const times = Object.fromEntries(after.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]))
    expect(times).to.deep.equal({
      Available: '2026-01-01T00:00:00Z',
      Upgradeable: '2026-01-01T00:00:00Z',
      Progressing: '2026-01-01T01:00:00Z',
      Degraded: '2026-01-01T01:00:00Z',
    })
  })

  it('keep their transition time when only the message changes', () => {
    const before = nextConditions([], progressing, 1, early)
    const after = nextConditions(before, { ...progressing, message: '3/3 ready' }, 1, late)
    expect(after[2]).to.include({ message: '3/3 ready', lastTransitionTime: '2026-01-01T00:00:00Z' })
    expect(sameConditions(before, after)).to.equal(false)
  })

  it('are the same at rest, so that nothing is written', () => {
    const before = nextConditions([], available, 4, early)
    expect(sameConditions(before, nextConditions(before, available, 4, late))).to.equal(true)
  })

  it('say which generation they speak of, so that kubectl wait does not take old ones for new', () => {
    const before = nextConditions([], available, 4, early)
    const after = nextConditions(before, available, 5, late)
    expect(after.map(({ observedGeneration }) => observedGeneration)).to.deep.equal([5, 5, 5, 5])
    expect(sameConditions(before, after)).to.equal(false)
  })

  it('replace what somebody else put into the list', () => {
    const foreign: Condition = {
      type: 'Odd',
      status: 'True',
      reason: 'X',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }
    expect(nextConditions([foreign], available, 1, early).map(({ type }) => type)).not.to.include('Odd')
    expect(sameConditions([foreign], nextConditions([foreign], available, 1, early))).to.equal(false)
  })
})
