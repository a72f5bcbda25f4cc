import { expect } from 'chai'
import fc from 'fast-check'
import { WorkQueue } from './queue.ts'
import { VirtualClock } from './testing/virtual-clock.ts'

function queueAt(clock: VirtualClock, onReady = () => {}): WorkQueue {
  return new WorkQueue({ clock, random: () => 1, backoff: { initialMillis: 100, maximumMillis: 1_000 }, onReady })
}

function drain(queue: WorkQueue): string[] {
  const keys: string[] = []
  for (let key = queue.take(); key !== undefined; key = queue.take()) {
    keys.push(key)
    queue.done(key)
  }
  return keys
}

describe('work queue', () => {
  it('hands out a key once, however often it was added', () => {
    const queue = queueAt(new VirtualClock())
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
    expect(drain(queue)).to.eql(['a', 'b'])
  })

  it('hands out a key again after it is done, when it was added meanwhile', () => {
    const queue = queueAt(new VirtualClock())
    queue.add('a')
    expect(queue.take()).to.equal('a')
    queue.add('a')
    queue.add('a')
    expect(queue.take()).to.equal(undefined)
    queue.done('a')
    expect(drain(queue)).to.eql(['a'])
  })

  it('lets the others go first when a busy key comes back', () => {
    const queue = queueAt(new VirtualClock())
    for (const key of ['busy', 'b', 'c']) queue.add(key)
    queue.take()
    queue.add('busy')
    queue.done('busy')
    expect(drain(queue)).to.eql(['b', 'c', 'busy'])
  })

  it('keeps the shorter of two delays, and no delay at all beats both', async () => {
    const clock = new VirtualClock()
    const queue = queueAt(clock)
    queue.add('a', 500)
    queue.add('a', 200)
    queue.add('a', 900)
    await clock.advance(199)
    expect(queue.take()).to.equal(undefined)
    await clock.advance(1)
    expect(drain(queue)).to.eql(['a'])
    queue.add('a', 500)
    queue.add('a')
    expect(drain(queue)).to.eql(['a'])
    await clock.advance(1_000)
    expect(drain(queue)).to.eql([])
  })

  it('does not delay a key that is ready', async () => {
    const clock = new VirtualClock()
    const queue = queueAt(clock)
    queue.add('a')
    queue.add('a', 500)
    expect(drain(queue)).to.eql(['a'])
    await clock.advance(1_000)
    expect(drain(queue)).to.eql([])
  })

  it('backs off longer with each retry of one key, until it is forgotten', () => {
    const queue = queueAt(new VirtualClock())
    const delays = [1, 2, 3, 4, 5, 6].map(() => queue.retry('a'))
    expect(delays).to.eql([100, 200, 400, 800, 1_000, 1_000])
    expect(queue.retry('b')).to.equal(100)
    queue.forget('a')
    expect(queue.retry('a')).to.equal(100)
  })

  it('does not retry before the given time', () => {
    expect(queueAt(new VirtualClock()).retry('a', 5_000)).to.equal(5_000)
  })

  it('is empty after it was closed, and leaves no timer behind', () => {
    const clock = new VirtualClock()
    const queue = queueAt(clock)
    queue.add('a')
    queue.add('b', 100)
    queue.close()
    queue.add('c')
    expect(drain(queue)).to.eql([])
    expect(queue.idle).to.equal(true)
    expect(clock.pending).to.equal(0)
  })

  it('never hands out a key twice at once, and loses none', async () => {
    const act = fc.tuple(
      fc.constantFrom('add', 'delay', 'take', 'done', 'retry', 'advance'),
      fc.constantFrom('a', 'b', 'c'),
    )
    const property = fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      const clock = new VirtualClock()
      const queue = queueAt(clock)
      const running = new Set<string>()
      const owed = new Set<string>()
      for (const [what, key] of acts) {
        if (what === 'add' || what === 'delay') {
          queue.add(key, what === 'add' ? 0 : 50)
          owed.add(key)
        } else if (what === 'take') {
          const taken = queue.take()
          if (taken === undefined) continue
          expect(running.has(taken)).to.equal(false)
          running.add(taken)
          owed.delete(taken)
        } else if (what === 'advance') await clock.advance(30)
        else if (running.delete(key)) {
          if (what === 'retry') queue.retry(key)
          if (what === 'retry') owed.add(key)
          queue.done(key)
        }
      }
      for (const key of running) queue.done(key)
      await clock.advance(2_000)
      expect(drain(queue)).to.include.members([...owed])
    })
    await fc.assert(property, { numRuns: 200 })
  })
})
