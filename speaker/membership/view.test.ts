import { expect } from 'chai'
import fc from 'fast-check'
import { limits } from '../../net/arbitraries.ts'
import type { Phase } from './member.ts'
import { digestOf } from './member-record.ts'
import { View } from './view.ts'

const names = ['a', 'b', 'c', 'd', 'e', 'f']

type Change =
  | { readonly type: 'list'; readonly names: readonly string[] }
  | { readonly type: 'revive' | 'bury'; readonly name: string; readonly incarnation: number; readonly phase: Phase }

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ type: fc.constant('list' as const), names: fc.subarray(names) }),
  fc.record({
    type: fc.constantFrom('revive' as const, 'bury' as const),
    name: fc.constantFrom(...names.slice(1)),
    incarnation: fc.nat(5),
    phase: fc.constantFrom('starting' as const, 'serving' as const, 'leaving' as const),
  }),
)

function apply(view: View, change: Change): void {
  if (change.type === 'list') {
    view.list(new Set(change.names), 0, 1000)
    return
  }
  const record = view.learn(change.name)!
  if (change.type === 'revive') view.revive(record, change.incarnation, change.phase, 0)
  else view.bury(record, change.incarnation, 0)
}

describe('a view', () => {
  it('has the digest of its members, however it came to be', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const view = new View('a', 1, () => {})
        for (const each of changes) apply(view, each)
        const digest = [view.own, ...view.others()].reduce((sum, record) => sum ^ digestOf(record), 0) >>> 0
        expect(view.digest).to.equal(digest)
      }),
      limits,
    )
  })

  it('tells whom it forgets', () => {
    const changed: string[] = []
    const view = new View('a', 1, (name) => changed.push(name))
    view.list(new Set(['a', 'b', 'c']), 0, 1000)
    view.bury(view.find('b')!, 5, 0)
    view.list(new Set(['a']), 500, 1000)
    expect(changed.splice(0)).to.deep.equal(['b'])
    expect([...view.others()].map(({ name }) => name)).to.deep.equal(['b'])
    view.list(new Set(['a']), 2000, 1000)
    expect([...view.others()]).to.deep.equal([])
    expect(changed, 'and not those of whom nothing was told').to.deep.equal(['b'])
  })

  it('has the same digest as another that believes the same', () => {
    const [one, other] = [new View('a', 1, () => {}), new View('b', 2, () => {})]
    for (const view of [one, other]) view.list(new Set(names), 0, 1000)
    one.revive(one.find('b')!, 2, 'serving', 0)
    other.revive(other.find('a')!, 1, 'serving', 0)
    expect(one.digest).to.equal(other.digest)
    one.bury(one.learn('c')!, 7, 0)
    expect(one.digest).not.to.equal(other.digest)
    other.bury(other.learn('c')!, 8, 0)
    expect(one.digest).not.to.equal(other.digest)
    one.bury(one.learn('c')!, 8, 0)
    expect(one.digest).to.equal(other.digest)
  })

  it('does not differ for the dead that the API no longer names', () => {
    const view = new View('a', 1, () => {})
    const { digest } = view
    view.list(new Set(['b']), 0, 1000)
    view.bury(view.find('b')!, 5, 0)
    view.list(new Set(), 0, 1000)
    expect(view.digest).to.equal(digest)
  })

  it('keeps who lives though the API no longer names it', () => {
    const view = new View('a', 1, () => {})
    view.list(new Set(['b', 'c']), 0, 1000)
    view.revive(view.find('b')!, 5, 'serving', 0)
    view.list(new Set(), 10_000, 1000)
    expect(view.alive).to.deep.equal(['b'])
    expect(view.find('c')).to.equal(undefined)
  })

  it('forgets the dead whom the API no longer names after a while', () => {
    const view = new View('a', 1, () => {})
    view.list(new Set(['b']), 0, 1000)
    view.bury(view.find('b')!, 5, 0)
    view.list(new Set(), 100, 1000)
    expect(view.find('b')).to.include({ life: 'dead' })
    view.list(new Set(), 1100, 1000)
    expect(view.find('b')).to.equal(undefined)
  })

  it('takes in no more names than it has room for', () => {
    const view = new View('a', 1, () => {})
    view.list(new Set(Array.from({ length: 16_384 }, (_, i) => `node-${i}`)), 0, 1000)
    expect(view.learn('stranger')).to.equal(undefined)
  })

  it('tells of changes of life and phase, not of a newer incarnation alone', () => {
    const told: string[] = []
    const view = new View('a', 1, (name) => told.push(name))
    const record = view.learn('b')!
    view.revive(record, 1, 'starting', 0)
    view.revive(record, 2, 'starting', 0)
    view.revive(record, 3, 'serving', 0)
    view.bury(record, 3, 0)
    expect(told).to.deep.equal(['b', 'b', 'b'])
  })
})
