import { expect } from 'chai'
import { type Life, Process } from './process.ts'
import { Random } from './random.ts'
import { Timeline } from './timeline.ts'

const undisturbed: Life = { stallEveryMillis: 0, stallMillis: [0, 0], readMillis: 0.02, socketQueue: 3, clockRate: 1 }

describe('a simulated process', () => {
  function start(life: Partial<Life> = {}) {
    const timeline = new Timeline()
    const did: string[] = []
    const process = new Process<string>(timeline, new Random(1), { ...undisturbed, ...life }, (packet) =>
      did.push(packet),
    )
    return { timeline, process, did }
  }

  it('runs its timers before it reads its socket when it wakes from a stall', () => {
    const { timeline, process, did } = start()
    process.setTimeout(() => did.push(`timer ${Math.floor(timeline.nowMillis)}`), 50)
    process.stall(100)
    process.arrive('packet')
    timeline.runUntil(200)
    expect(did).to.deep.equal(['timer 100', 'packet'])
  })

  it('loses what arrives while its socket is full', () => {
    const { timeline, process, did } = start()
    process.stall(100)
    for (const packet of ['1', '2', '3', '4']) process.arrive(packet)
    timeline.runUntil(200)
    expect(did).to.deep.equal(['1', '2', '3'])
    expect(process.overflows).to.equal(1)
  })

  it('reads one packet after the other, and its timers wait for the CPU', () => {
    const { timeline, process } = start({ readMillis: 5 })
    const fired: number[] = []
    for (const packet of ['1', '2']) process.arrive(packet)
    process.setTimeout(() => fired.push(Math.floor(timeline.nowMillis)), 2)
    timeline.runUntil(20)
    expect(fired).to.deep.equal([5])
  })

  it('has timers that go by its own clock', () => {
    const { timeline, process } = start({ clockRate: 0.5 })
    const began = process.now()
    let fired = 0
    process.setTimeout(() => {
      fired = timeline.nowMillis
    }, 100)
    timeline.runUntil(300)
    expect(fired).to.be.within(200, 201)
    expect(process.now() - began).to.equal(150)
  })

  it('does nothing any more once killed, nor with a timer that was cleared', () => {
    const { timeline, process, did } = start()
    process.clearTimeout(process.setTimeout(() => did.push('cleared'), 10))
    process.setTimeout(() => did.push('timer'), 50)
    timeline.runUntil(20)
    process.arrive('packet')
    process.kill()
    timeline.runUntil(100)
    expect(did).to.deep.equal([])
  })

  it('stalls about as often as it is told to', () => {
    const { timeline, process } = start({ stallEveryMillis: 1000, stallMillis: [100, 200] })
    let longest = 0
    let lates = 0
    const tick = (): void => {
      const due = timeline.nowMillis + 10
      process.setTimeout(() => {
        const late = timeline.nowMillis - due
        longest = Math.max(longest, late)
        if (late > 5) lates++
        tick()
      }, 10)
    }
    tick()
    timeline.runUntil(100_000)
    expect(lates).to.be.within(60, 120)
    expect(longest).to.be.within(150, 330)
  })
})
