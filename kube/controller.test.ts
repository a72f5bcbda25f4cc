import { expect } from 'chai'
import {
  Action,
  type Controller,
  type ControllerOptions,
  type ReconcileContext,
  startController,
} from './controller.ts'
import { ApiError } from './error.ts'
import type { Log } from './log.ts'
import { silentLog } from './testing/silent-log.ts'
import { settle, VirtualClock } from './testing/virtual-clock.ts'

describe('controller', () => {
  let clock: VirtualClock
  let controller: Controller

  function start(reconcile: ControllerOptions['reconcile'], options: Partial<ControllerOptions> = {}): Controller {
    clock = new VirtualClock()
    const backoff = { initialMillis: 100, maximumMillis: 1_000 }
    controller = startController({
      name: 'test',
      reconcile,
      log: silentLog,
      clock,
      random: () => 1,
      backoff,
      ...options,
    })
    return controller
  }

  afterEach(() => controller.stop())

  it('reconciles a key that was enqueued, once for many requests', async () => {
    const seen: string[] = []
    start((key) => {
      seen.push(key)
      return Action.awaitChange
    })
    for (const key of ['a', 'b', 'a']) controller.enqueue(key)
    await controller.idle()
    expect(seen).to.eql(['a', 'b'])
  })

  it('never runs one key twice at once, and at most `concurrency` keys', async () => {
    const running = new Set<string>()
    let most = 0
    start(
      async (key) => {
        expect(running.has(key)).to.equal(false)
        running.add(key)
        most = Math.max(most, running.size)
        controller.enqueue('a')
        await settle()
        running.delete(key)
        return Action.awaitChange
      },
      { concurrency: 2 },
    )
    for (const key of ['a', 'b', 'c', 'd']) controller.enqueue(key)
    for (let turn = 0; turn < 20; turn++) await settle()
    expect(most).to.equal(2)
  })

  it('comes back after the time that the reconciler asked for', async () => {
    let passes = 0
    start(() => {
      passes += 1
      return passes === 1 ? Action.requeueAfter(5_000) : Action.awaitChange
    })
    controller.enqueue('a')
    await clock.advance(4_999)
    expect(passes).to.equal(1)
    await clock.advance(1)
    expect(passes).to.equal(2)
    await clock.advance(60_000)
    expect(passes).to.equal(2)
  })

  it('retries what throws with growing delays, and starts over after a success', async () => {
    const at: number[] = []
    start(() => {
      at.push(clock.now())
      if (at.length !== 4) throw new Error('told to')
      return Action.requeueAfter(10_000)
    })
    controller.enqueue('a')
    await clock.advance(10_800)
    expect(at).to.eql([0, 100, 300, 700, 10_700, 10_800])
  })

  it('waits as long as the API server asked', async () => {
    const at: number[] = []
    start(() => {
      at.push(clock.now())
      throw new ApiError('patch services web/a: slow down', {
        status: 429,
        reason: '',
        code: 'refused',
        retryAfterMillis: 30_000,
      })
    })
    controller.enqueue('a')
    await clock.advance(59_000)
    expect(at).to.eql([0, 30_000])
  })

  it('reconciles at once when a change comes during a back-off', async () => {
    let passes = 0
    start(() => {
      passes += 1
      throw new Error('told to')
    })
    controller.enqueue('a')
    await controller.idle()
    controller.enqueue('a')
    await controller.idle()
    expect(passes).to.equal(2)
  })

  it('numbers its passes and names the key on every line', async () => {
    const fields: object[] = []
    const child = (added: object) => {
      fields.push(added)
      return log
    }
    const log: Log = { ...silentLog, child }
    start(() => Action.awaitChange, { log })
    controller.enqueue('a')
    await controller.idle()
    expect(fields).to.eql([{ controller: 'test' }, { key: 'a', reconcileId: 1 }])
  })

  it('stops after what runs has ended, tells it to hurry, and starts nothing more', async () => {
    const seen: string[] = []
    start(async (key, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      seen.push(key)
      return Action.requeueAfter(1)
    })
    controller.enqueue('a')
    controller.enqueue('b')
    await settle()
    await controller.stop()
    await clock.advance(1_000)
    expect(seen).to.eql(['a'])
  })

  it('lets what runs end by itself within the grace, and only then tells it to hurry', async () => {
    const seen: string[] = []
    const aEnds = Promise.withResolvers<string>()
    const bEnds = Promise.withResolvers<string>()
    const reconcile = async (key: string, { signal }: ReconcileContext) => {
      const told = new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('was told to')))
      seen.push(`${key} ${await Promise.race([told, key === 'a' ? aEnds.promise : bEnds.promise])}`)
      return Action.awaitChange
    }
    start(reconcile, { concurrency: 2 })
    for (const key of ['a', 'b', 'never']) controller.enqueue(key)
    await settle()
    const stopped = controller.stop({ graceMillis: 300 })
    aEnds.resolve('ended by itself')
    await clock.advance(299)
    expect(seen).to.eql(['a ended by itself'])
    await clock.advance(1)
    await stopped
    expect(seen).to.eql(['a ended by itself', 'b was told to'])
    expect(clock.pending).to.equal(0)
  })
})
