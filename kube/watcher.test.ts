import { expect } from 'chai'
import fc from 'fast-check'
import {
  step,
  stopped,
  type WatcherContext,
  type WatcherEvent,
  type WatcherState,
  type WatcherStep,
} from './watcher.ts'

const context: WatcherContext = { nowMillis: 0, random: () => 1 }
const health = { initialEvents: true, failures: 0, refusals: 0 }
const initialWatch: WatcherState = { kind: 'initialWatch', openedAtMillis: 0, ...health }
const listing: WatcherState = { kind: 'listing', paged: true, ...health }
const watching: WatcherState = { kind: 'watching', resourceVersion: '50', openedAtMillis: 0, ...health }
const backingOff: WatcherState = { kind: 'backingOff', next: { kind: 'initialWatch' }, ...health }
const states = [stopped, initialWatch, listing, watching, backingOff]

const failed = (status: number, retryAfterMillis?: number): WatcherEvent<string> => ({
  kind: 'failed',
  failure: { status, message: 'told to', retryAfterMillis },
})
const changed = (object: string, resourceVersion: string): WatcherEvent<string> => ({
  kind: 'changed',
  object,
  resourceVersion,
})
const bookmark = (resourceVersion: string, initialEventsEnd = false): WatcherEvent<string> => ({
  kind: 'bookmark',
  resourceVersion,
  initialEventsEnd,
})
const page = (items: string[], token?: string): WatcherEvent<string> => ({
  kind: 'page',
  items,
  resourceVersion: '70',
  token,
})
const later = (nowMillis: number): WatcherContext => ({ ...context, nowMillis })

describe('watcher', () => {
  it('begins with a watch that sends the initial events', () => {
    const { state, actions } = step(stopped, { kind: 'start' }, context)
    expect(state).to.eql(initialWatch)
    expect(actions).to.eql([{ kind: 'replace' }, { kind: 'watch', resourceVersion: undefined }])
  })

  it('applies initial events in any order of their versions', () => {
    const first = step(initialWatch, changed('b', '9'), context)
    const second = step(first.state, changed('a', '3'), context)
    expect([...first.actions, ...second.actions]).to.eql([
      { kind: 'apply', object: 'b' },
      { kind: 'apply', object: 'a' },
    ])
  })

  it('is whole when the bookmark says that these were all, and not at another bookmark', () => {
    expect(step(initialWatch, bookmark('40'), context)).to.eql({ state: initialWatch, actions: [] })
    const { state, actions } = step(initialWatch, bookmark('50', true), context)
    expect(state).to.eql(watching)
    expect(actions).to.eql([{ kind: 'replaced' }])
  })

  it('lists when a server that sends bookmarks has not ended the initial events within a minute', () => {
    expect(step(initialWatch, bookmark('40'), later(59_999)).state).to.equal(initialWatch)
    const { state } = step(initialWatch, bookmark('40'), later(60_000))
    expect(state).to.deep.include({ kind: 'backingOff', initialEvents: false, next: { kind: 'listing', paged: true } })
    expect(step(initialWatch, bookmark('50', true), later(600_000)).state.kind).to.equal('watching')
  })

  for (const status of [400, 405, 422, 500]) {
    it(`lists at once when initial events are refused with ${status}`, () => {
      const { state, actions } = step(initialWatch, failed(status), context)
      expect(state).to.eql({ ...listing, initialEvents: false })
      expect(actions).to.eql([{ kind: 'replace' }, { kind: 'list', paged: true, token: undefined }])
    })
  }

  for (const status of [0, 401, 403, 404, 410, 429, 503]) {
    it(`tries initial events again, later, after ${status}, which says nothing about them`, () => {
      const { state } = step(initialWatch, failed(status), context)
      expect(state).to.eql({ ...backingOff, failures: 1 })
    })
  }

  it('asks for the next page until there is none, and then watches from the list', () => {
    const first = step(listing, page(['a'], 'more'), context)
    expect(first.actions).to.eql([
      { kind: 'apply', object: 'a' },
      { kind: 'list', paged: true, token: 'more' },
    ])
    const last = step(first.state, page(['b']), context)
    expect(last.actions).to.eql([
      { kind: 'apply', object: 'b' },
      { kind: 'replaced' },
      { kind: 'watch', resourceVersion: '70' },
    ])
    expect(last.state).to.include({ kind: 'watching', resourceVersion: '70' })
  })

  it('reads the list in one piece after a page token expired', () => {
    const { state } = step(listing, failed(410), context)
    expect(state).to.deep.include({ kind: 'backingOff', next: { kind: 'listing', paged: false } })
  })

  it('remembers the version of a bookmark', () => {
    expect(step(watching, bookmark('60'), context).state).to.include({ resourceVersion: '60' })
  })

  it('accepts the same version twice, and begins again at an older one', () => {
    expect(step(watching, changed('a', '50'), context).actions).to.eql([{ kind: 'apply', object: 'a' }])
    expect(step(watching, changed('a', '49'), context).state.kind).to.equal('initialWatch')
    expect(step(watching, changed('a', '9'), context).state.kind).to.equal('initialWatch')
    expect(step(watching, changed('a', '100'), context).state.kind).to.equal('watching')
  })

  it('cannot order versions that are not numbers, and believes the server', () => {
    expect(step(watching, changed('a', 'opaque'), context).state.kind).to.equal('watching')
  })

  it('begins again at once after the first 410, and later after the next', () => {
    const first = step(watching, failed(410), context)
    expect(first.state.kind).to.equal('initialWatch')
    const second = step({ ...watching, failures: 1 }, failed(410), context)
    expect(second.state).to.deep.include({ kind: 'backingOff', next: { kind: 'initialWatch' }, failures: 2 })
  })

  for (const kind of ['ended', 'silent'] as const) {
    it(`resumes a watch that held and then ${kind}, at once and from where it was`, () => {
      const { actions } = step(watching, { kind }, later(10_000))
      expect(actions).to.eql([{ kind: 'watch', resourceVersion: '50' }])
    })
  }

  it('waits before it resumes a watch that ended early', () => {
    const { state, actions } = step(watching, { kind: 'ended' }, later(9_999))
    expect(state).to.deep.include({ kind: 'backingOff', next: { kind: 'watching', resourceVersion: '50' } })
    expect(actions).to.eql([{ kind: 'abort' }, { kind: 'wait', millis: 500 }])
  })

  it('doubles its delay with each failure up to half a minute, and forgets failures after a watch that held', () => {
    const waits: number[] = []
    let state: WatcherState = watching
    for (let attempt = 0; attempt < 9; attempt++) {
      const next: WatcherStep<string> = step(state, failed(503), context)
      for (const action of next.actions) if (action.kind === 'wait') waits.push(action.millis)
      state = step(next.state, { kind: 'timer' }, context).state
    }
    expect(waits).to.eql([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
    expect(step(state, failed(503), later(10_000)).state).to.include({ failures: 1 })
  })

  it('spreads the delays of many clients over half their length', () => {
    const wait = (random: number) => step(watching, failed(0), { nowMillis: 0, random: () => random }).actions[1]
    expect(wait(0)).to.eql({ kind: 'wait', millis: 250 })
    expect(wait(1)).to.eql({ kind: 'wait', millis: 500 })
  })

  it('never comes back before the server wants it to', () => {
    const { actions } = step(watching, failed(429, 60_000), { nowMillis: 0, random: () => 0 })
    expect(actions[1]).to.eql({ kind: 'wait', millis: 60_000 })
  })

  function afterFailures(...events: WatcherEvent<string>[]): WatcherState {
    let state: WatcherState = watching
    for (const event of events) state = step(step(state, event, context).state, { kind: 'timer' }, context).state
    return state
  }
  const malformed: WatcherEvent<string> = {
    kind: 'failed',
    failure: { status: 0, malformed: true, message: 'told to' },
  }

  for (const [what, event] of [
    ['400', failed(400)],
    ['500', failed(500)],
    ['nonsense', malformed],
  ] as const) {
    it(`reads everything again after a resumed watch was answered with ${what} five times in a row`, () => {
      const five = [event, event, event, event, event]
      expect(afterFailures(...five.slice(1)).kind).to.equal('watching')
      expect(afterFailures(...five).kind).to.equal('initialWatch')
      expect(afterFailures(...five.slice(1), failed(0), ...five.slice(1)).kind).to.equal('watching')
    })
  }

  for (const status of [0, 401, 403, 429, 503]) {
    it(`keeps its version through any number of failures with ${status}, which say nothing about it`, () => {
      expect(afterFailures(...Array.from({ length: 20 }, () => failed(status)))).to.include({ resourceVersion: '50' })
    })
  }

  for (const state of states) {
    it(`aborts and says nothing more when stopped in ${state.kind}`, () => {
      const { state: after, actions } = step(state, { kind: 'stop' }, context)
      expect(after).to.equal(stopped)
      expect(actions).to.eql(state === stopped ? [] : [{ kind: 'abort' }])
    })
  }

  it('has an answer to every event in every state, and always waits for something unless stopped', () => {
    const events = fc.constantFrom<WatcherEvent<string>>(
      { kind: 'start' },
      { kind: 'ended' },
      { kind: 'silent' },
      { kind: 'timer' },
      changed('a', '60'),
      { kind: 'deleted', object: 'a', resourceVersion: '61' },
      bookmark('55'),
      bookmark('56', true),
      page(['a'], 'more'),
      page(['a']),
      ...[0, 401, 410, 422, 429, 500].map((status) => failed(status)),
    )
    const property = fc.property(fc.array(events, { maxLength: 60 }), (chosen) => {
      let { state } = step<string>(stopped, { kind: 'start' }, context)
      let outstanding = true
      for (const event of chosen) {
        const next = step(state, event, context)
        const moved = next.state.kind !== state.kind
        const asks = next.actions.some(({ kind }) => kind === 'list' || kind === 'watch' || kind === 'wait')
        outstanding = asks || (outstanding && (!moved || state.kind === 'initialWatch'))
        expect(outstanding, `${state.kind} ${event.kind}`).to.equal(true)
        state = next.state
      }
    })
    fc.assert(property, { numRuns: 300 })
  })
})
