import { expect } from 'chai'
import { silentLog } from '../kube/testing/silent-log.ts'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { Reminders } from './reminders.ts'

const minuteMillis = 60_000

describe('reminders', () => {
  let clock: VirtualClock
  let told: number[]
  let isWaiting: boolean
  const remindersAt = (random: number) =>
    new Reminders({
      remind: () => isWaiting && told.push(clock.now() / minuteMillis) > 0,
      ...{ log: silentLog, clock, random: () => random },
    })

  beforeEach(() => {
    clock = new VirtualClock()
    told = []
    isWaiting = true
  })

  it('come at the latest every half hour, so that the events of a waiting Service never expire', async () => {
    remindersAt(1).start('default/web', true)
    await clock.advance(90 * minuteMillis)
    expect(told).to.deep.equal([30, 60, 90])
  })

  it('come sooner the first time when nobody knows when it was told last', async () => {
    remindersAt(0.5).start('default/web', false)
    await clock.advance(40 * minuteMillis)
    expect(told).to.deep.equal([10, 35])
  })

  it('end when the Service has what it asks for', async () => {
    remindersAt(1).start('default/web', true)
    await clock.advance(30 * minuteMillis)
    isWaiting = false
    await clock.advance(90 * minuteMillis)
    expect(told).to.deep.equal([30])
    expect(clock.pending).to.equal(0)
  })

  it('end with the process', async () => {
    const reminders = remindersAt(1)
    reminders.start('default/web', true)
    await reminders.stop()
    expect(clock.pending).to.equal(0)
  })
})
