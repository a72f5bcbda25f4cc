import { expect } from 'chai'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { Alarm } from './alarm.ts'

describe('The alarm', () => {
  let clock: VirtualClock
  let rung: number[]
  let alarm: Alarm

  beforeEach(() => {
    clock = new VirtualClock()
    rung = []
    alarm = new Alarm({ clock, lateMillis: 10, onDue: (nowMillis) => rung.push(nowMillis) })
  })

  it('rings once, at the time that was set last', async () => {
    alarm.set(100)
    alarm.set(40.5)
    await clock.advance(200)
    expect(rung).to.deep.equal([41])
    expect(clock.pending).to.equal(0)
  })

  it('does not ring when it is set to never', async () => {
    alarm.set(100)
    alarm.set(Number.POSITIVE_INFINITY)
    await clock.advance(200)
    expect(rung).to.deep.equal([])
  })

  it('lets sockets be read first when the process has slept', async () => {
    alarm.set(100)
    clock.setTimeout(() => rung.push(Number.NaN), 111) // what waits in a socket, read after timers
    clock.jump(111)
    await clock.advance(0)
    expect(rung).to.deep.equal([Number.NaN, 111])
  })
})
