import { expect } from 'chai'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { WireWatch } from './wire-watch.ts'

describe('A watch of the wire', () => {
  let clock: VirtualClock
  let watch: WireWatch
  let frames: number
  let hasOthers: boolean
  let told: string[]

  beforeEach(() => {
    clock = new VirtualClock()
    frames = 0
    hasOthers = true
    told = []
    watch = new WireWatch({
      clock,
      frameCounts: () => new Map([['eth0', frames]]),
      interfaces: () => ['eth0'],
      hasOthers: () => hasOthers,
      onFrame: () => told.push(`${clock.now()} frame`),
      onSilence: () => told.push(`${clock.now()} silence`),
    })
    watch.start()
  })

  it('looks when no member was heard for 150 ms, and every 100 ms then', async () => {
    await clock.advance(400)
    expect(told).to.deep.equal(['150 silence', '250 silence', '350 silence'])
  })

  it('tells of frames that came between two looks', async () => {
    await clock.advance(200)
    frames++
    await clock.advance(100)
    expect(told).to.deep.equal(['150 silence', '250 frame'])
  })

  it('does not look while members are heard', async () => {
    for (let round = 0; round < 10; round++) {
      watch.heard()
      await clock.advance(100)
    }
    expect(told).to.deep.equal([])
  })

  it('takes who has nobody to hear for one that hears', async () => {
    hasOthers = false
    await clock.advance(260)
    expect(told).to.deep.equal(['150 frame', '250 frame'])
  })

  it('ends when it is closed', async () => {
    watch.close()
    await clock.advance(1000)
    expect(told).to.deep.equal([])
  })
})
