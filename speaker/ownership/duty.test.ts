import { expect } from 'chai'
import { type Ability, type Duty, dutyOf, none, type OwnAbility, strongest } from './duty.ts'

const other: Duty = { type: 'other' }
const own: Duty = { type: 'own', isFenced: false }
const substitute = (absent: string, isKept: boolean): Duty => ({ type: 'substitute', absent, isKept })

interface Row {
  sentence: string
  order: string[]
  others?: Record<string, Ability>
  own?: OwnAbility
  duty: Duty
}

const rows: Row[] = [
  { sentence: 'owns what it comes first for', order: ['me', 'x'], others: { x: 'serves' }, duty: own },
  {
    sentence: 'leaves it to a node that serves and comes before',
    order: ['x', 'me'],
    others: { x: 'serves' },
    duty: other,
  },
  { sentence: 'has nothing to do where there is no candidate', order: [], duty: none },
  { sentence: 'leaves it to others when it is no candidate itself', order: ['x'], others: { x: 'gone' }, duty: other },
  {
    sentence: 'comes first when all before are gone',
    order: ['x', 'y', 'me'],
    others: { x: 'gone', y: 'gone' },
    duty: own,
  },
  {
    sentence: 'stands behind a node whose speaker is away',
    order: ['x', 'me', 'y'],
    others: { x: 'kept', y: 'serves' },
    duty: substitute('x', true),
  },
  {
    sentence: 'has to ask whether that node is there',
    order: ['x', 'me'],
    others: { x: 'checking' },
    duty: substitute('x', false),
  },
  {
    sentence: 'takes the first of several absent nodes for the one that has it',
    order: ['x', 'y', 'z', 'me'],
    others: { x: 'gone', y: 'kept', z: 'checking' },
    duty: substitute('y', true),
  },
  {
    sentence: 'is not needed where another that serves comes before it',
    order: ['x', 'y', 'me'],
    others: { x: 'kept', y: 'serves' },
    duty: other,
  },
  {
    sentence: 'passes over a node that has gone into reserve since the election',
    order: ['x', 'me'],
    others: { x: 'reserve' },
    duty: own,
  },
  {
    sentence: 'in reserve, leaves it to any that serves, whatever an older election says',
    order: ['me', 'x'],
    others: { x: 'serves' },
    own: 'reserve',
    duty: other,
  },
  {
    sentence: 'in reserve, comes behind nodes whose speakers are away for a moment, too',
    order: ['me', 'x'],
    others: { x: 'kept' },
    own: 'reserve',
    duty: substitute('x', true),
  },
  {
    sentence: 'in reserve, keeps the order among reserves',
    order: ['x', 'me'],
    others: { x: 'reserve' },
    own: 'reserve',
    duty: other,
  },
  {
    sentence: 'in reserve, stands behind an absent node when nobody serves',
    order: ['x', 'me'],
    others: { x: 'checking' },
    own: 'reserve',
    duty: substitute('x', false),
  },
  {
    sentence: 'that leaves hands over what it has',
    order: ['me', 'x'],
    others: { x: 'kept' },
    own: 'leaves',
    duty: other,
  },
  { sentence: 'that must be silent is, whoever else there is', order: ['me', 'x'], own: 'silent', duty: none },
]

describe('The duty of a node', () => {
  for (const { sentence, order, others = {}, own = 'serves', duty } of rows) {
    it(sentence, () => {
      const abilityOf = (node: string): Ability => others[node] ?? 'gone'
      expect(dutyOf(order, { self: 'me', own, isFenced: false, abilityOf })).to.deep.equal(duty)
    })
  }

  it('is to look first where somebody might be who cannot be heard', () => {
    const abilityOf = (): Ability => 'gone'
    const outlook = { self: 'me', own: 'serves', isFenced: true, abilityOf } as const
    expect(dutyOf(['me'], outlook)).to.deep.equal({ type: 'own', isFenced: true })
  })

  it('is to look first where a node was away for too long to be kept', () => {
    const abilityOf = (): Ability => 'expired'
    const outlook = { self: 'me', own: 'serves', isFenced: false, abilityOf } as const
    expect(dutyOf(['x', 'me'], outlook)).to.deep.equal({ type: 'own', isFenced: true })
    expect(dutyOf(['me', 'x'], outlook)).to.deep.equal(own)
  })

  it('for Services that share an address is the strongest of theirs', () => {
    expect(strongest([none, other, substitute('x', true)])).to.deep.equal(substitute('x', true))
    expect(strongest([other, own, substitute('x', true)])).to.deep.equal(own)
    expect(strongest([])).to.deep.equal(none)
  })
})
