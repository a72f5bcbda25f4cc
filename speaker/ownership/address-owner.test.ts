import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Claimant,
  type OwnerAction,
  type OwnerEvent,
  type OwnerState,
  ownerDueMillis,
  silent,
  stepOwner,
} from './address-owner.ts'
import { type Duty, none } from './duty.ts'
import { defaultPace as pace } from './pace.ts'

const other: Duty = { type: 'other' }
const own: Duty = { type: 'own', isFenced: false }
const fenced: Duty = { type: 'own', isFenced: true }
const checking: Duty = { type: 'substitute', absent: 'x', isKept: false }
const kept: Duty = { type: 'substitute', absent: 'x', isKept: true }
const keptElse: Duty = { type: 'substitute', absent: 'w', isKept: true }

const speaker = (name: string, is: { isHeard?: boolean; wins?: boolean; isProxy?: boolean } = {}): Claimant => ({
  ...{ type: 'speaker', name, isHeard: true, wins: false, isProxy: false },
  ...is,
})
const self: Claimant = { type: 'self' }
const stranger: Claimant = { type: 'stranger' }

const nowMillis = 1_000_000
const never = Number.NEGATIVE_INFINITY
const states = {
  silent,
  fencing: { type: 'fencing', asked: 1, extra: 0, holdMillis: 100, soonestMillis: never, dueMillis: nowMillis },
  asked: { type: 'fencing', asked: 3, extra: 0, holdMillis: 100, soonestMillis: never, dueMillis: nowMillis },
  clear: { type: 'clear' },
  held: { type: 'held', by: 'x', isHeard: true, holdMillis: 200, dueMillis: nowMillis },
  heldByOther: { type: 'held', by: 'y', isHeard: true, holdMillis: 200, dueMillis: nowMillis },
  standingIn: { type: 'standingIn', absent: 'x' },
  relieving: { type: 'relieving', absent: 'x', asked: 1, extra: 0, dueMillis: nowMillis },
  owner: { type: 'owner', repeatedMillis: never, defendedMillis: never },
  handingOver: { type: 'handingOver', absent: undefined, dueMillis: nowMillis },
  handingBack: { type: 'handingOver', absent: 'x', dueMillis: nowMillis },
} as const satisfies Record<string, OwnerState>

type Row = [sentence: string, from: keyof typeof states, duty: Duty, to: OwnerState['type'], actions?: string]

const duties: Row[] = [
  ['announces at once an address that nobody else can have', 'silent', own, 'owner', 'answer own'],
  ['looks first whether somebody has it who cannot be heard', 'silent', fenced, 'fencing', 'probe'],
  ['looks first whether an absent speaker answers after all', 'silent', checking, 'fencing', 'probe'],
  ['answers at once in the place of a node that is there', 'silent', kept, 'standingIn', 'as x'],
  ['is silent about what others have', 'silent', other, 'silent'],
  ['is silent about what nobody has', 'silent', none, 'silent'],
  ['stops looking when another has it', 'fencing', other, 'silent'],
  ['stops looking when nobody has it', 'held', none, 'silent'],
  ['answers in the place of a node as soon as that is known to be there', 'fencing', kept, 'standingIn', 'as x'],
  ['goes on looking when the absent node turns out to be gone', 'fencing', own, 'fencing'],
  ['takes over what it has already looked for', 'clear', own, 'owner', 'answer own'],
  ['waits for word of the absent node when nobody answers for the address', 'clear', checking, 'clear'],
  ['answers in the place of a node that was silent about the address', 'clear', kept, 'standingIn', 'as x'],
  ['answers for an owner whose speaker is slow as for one whose speaker is gone', 'held', kept, 'standingIn', 'as x'],
  ['does not answer for the absent node while another does for itself', 'heldByOther', kept, 'held'],
  ['does not take what somebody answers for', 'held', own, 'held'],
  ['goes on standing in', 'standingIn', kept, 'standingIn'],
  ['takes over when the node in whose place it answers is gone', 'standingIn', own, 'owner', 'answer own'],
  ['takes over rather than stand in for one that never had it', 'standingIn', keptElse, 'owner', 'answer own'],
  ['asks first when it has stood in for too long', 'standingIn', fenced, 'relieving', 'probe'],
  ['goes on asking then', 'relieving', fenced, 'relieving'],
  ['takes over at once when the node is gone after all', 'relieving', own, 'owner', 'answer own'],
  ['hands back to a speaker that serves again at the last moment', 'relieving', other, 'handingOver'],
  ['goes on answering for a moment when the absent node serves again', 'standingIn', other, 'handingOver'],
  ['is mute at once when it must be', 'standingIn', none, 'silent', 'answer nobody'],
  ['goes on answering until the new owner announces', 'owner', other, 'handingOver'],
  ['is mute at once when it must not own', 'owner', none, 'silent', 'answer nobody'],
  ['gives nothing to a node whose speaker is away', 'owner', kept, 'owner'],
  ['keeps what it has', 'owner', fenced, 'owner'],
  ['keeps what it was about to hand over', 'handingOver', own, 'owner', 'answer own'],
  ['keeps what it was about to hand over to one that is away again', 'handingOver', checking, 'owner', 'answer own'],
  ['goes on standing in for one that is away again', 'handingBack', kept, 'standingIn', 'as x'],
  ['goes on waiting for the new owner', 'handingOver', other, 'handingOver'],
  ['need not wait for a new owner when there is none', 'handingOver', none, 'silent', 'answer nobody'],
]

type ClaimRow = [
  sentence: string,
  from: keyof typeof states,
  duty: Duty,
  by: Claimant,
  to: OwnerState['type'],
  actions?: string,
]

const claims: ClaimRow[] = [
  ['does not care who answers for what is not its own', 'silent', other, stranger, 'silent'],
  ['holds back while the absent speaker answers itself', 'fencing', checking, speaker('x'), 'held'],
  ['holds back when it does so at the last moment', 'clear', checking, speaker('x', { wins: true }), 'held'],
  ['holds back for a speaker that cannot be heard', 'fencing', fenced, speaker('m', { isHeard: false }), 'held'],
  ['does not hold back for an owner that will yield', 'fencing', fenced, speaker('y'), 'fencing'],
  ['holds back for one that comes first', 'fencing', fenced, speaker('y', { wins: true }), 'held'],
  [
    'takes from another what that one has from the absent node',
    'fencing',
    checking,
    speaker('y'),
    'owner',
    'answer own',
  ],
  ['is the owner when another answers in its own place', 'fencing', checking, self, 'owner', 'answer own'],
  ['never holds back for a stranger', 'fencing', checking, stranger, 'fencing', 'report'],
  ['is not held any longer by a second answer', 'held', checking, speaker('x'), 'held'],
  ['stands in although the absent speaker answers too', 'standingIn', kept, speaker('x'), 'standingIn'],
  [
    'never takes over from a speaker that turns out to live',
    'relieving',
    fenced,
    speaker('x'),
    'held',
    'answer nobody',
  ],
  ['hears nothing new from another stand-in', 'relieving', fenced, speaker('x', { isProxy: true }), 'relieving'],
  ['takes over from a speaker that has taken over too early', 'standingIn', kept, speaker('y'), 'owner', 'answer own'],
  [
    'stops standing in when another has it for good',
    'standingIn',
    kept,
    speaker('y', { wins: true }),
    'held',
    'answer nobody',
  ],
  [
    'stops standing in when one that cannot be heard has it',
    'standingIn',
    kept,
    speaker('m', { isHeard: false }),
    'held',
    'answer nobody',
  ],
  ['is the owner when another stands in for itself', 'standingIn', kept, self, 'owner', 'answer own'],
  ['reports a stranger while it stands in', 'standingIn', kept, stranger, 'standingIn', 'report'],
  ['yields in a duel that it loses', 'owner', own, speaker('y', { wins: true }), 'held', 'answer nobody'],
  ['announces again in a duel that it wins', 'owner', own, speaker('y'), 'owner', 'announceAgain'],
  ['hears its own MAC from a stand-in that has not heard it yet', 'owner', own, self, 'owner'],
  ['defends its address against a stranger', 'owner', own, stranger, 'owner', 'report announceAgain'],
  [
    'is mute when the new owner announces',
    'handingOver',
    other,
    speaker('y', { wins: true }),
    'silent',
    'answer nobody',
  ],
  [
    'is mute when the node in whose place it answered announces',
    'handingBack',
    other,
    speaker('x'),
    'silent',
    'answer nobody',
  ],
  ['does not hand over to one that comes behind', 'handingOver', other, speaker('y'), 'handingOver'],
  ['does not hand over to a stranger', 'handingOver', other, stranger, 'handingOver'],
]

function answeredIn(state: OwnerState): string | undefined {
  if (state.type === 'standingIn' || state.type === 'relieving') return state.absent
  if (state.type === 'handingOver') return state.absent ?? 'own'
  return state.type === 'owner' ? 'own' : undefined
}

const text = (action: OwnerAction): string => {
  if (action.type === 'answer') return `answer ${action.as}`
  return action.type === 'standIn' ? `as ${action.absent}` : action.type
}

describe('The owner of an address', () => {
  const step = (state: OwnerState, event: OwnerEvent, duty: Duty, at = nowMillis) =>
    stepOwner(state, event, { duty, nowMillis: at, pace })

  for (const [sentence, from, duty, to, actions = ''] of duties) {
    it(sentence, () => {
      const next = step(states[from], { type: 'duty' }, duty)
      expect(next.state.type).to.equal(to)
      expect(next.actions.map(text).join(' ')).to.equal(actions)
    })
  }

  for (const [sentence, from, duty, by, to, actions = ''] of claims) {
    it(sentence, () => {
      const next = step(states[from], { type: 'claim', by, kind: 'announcement' }, duty)
      expect(next.state.type).to.equal(to)
      expect(next.actions.map(text).join(' ')).to.equal(actions)
    })
  }

  it('is neither held nor hurried by the answer of a living speaker, which may be but its kernel', () => {
    for (const wins of [true, false]) {
      const event = { type: 'claim', by: speaker('y', { wins }), kind: 'reply' } as const
      expect(step(states.fencing, event, fenced)).to.deep.equal({ state: states.fencing, actions: [] })
      expect(step(states.fencing, event, checking)).to.deep.equal({ state: states.fencing, actions: [] })
      expect(step(states.standingIn, event, kept)).to.deep.equal({ state: states.standingIn, actions: [] })
    }
  })

  it('hands over to an announcement, not to an answer that was asked for before', () => {
    const event = { type: 'claim', by: speaker('y', { wins: true }), kind: 'reply' } as const
    expect(step(states.handingOver, event, other).state.type).to.equal('handingOver')
  })

  /** Rings the timer until the state needs none, or for so many times. */
  function ring(state: OwnerState, duty: Duty, times: number, lateMillis = 0) {
    const probed: number[] = []
    let at = nowMillis
    for (let i = 0; i < times && ownerDueMillis(state) !== undefined; i++) {
      at = ownerDueMillis(state)! + lateMillis
      const next = step(state, { type: 'due', lateMillis }, duty, at)
      state = next.state
      if (next.actions.some(({ type }) => type === 'probe')) probed.push(at - nowMillis)
    }
    return { state, probed, tookMillis: at - nowMillis }
  }

  it('takes over 120 ms after the first of three probes without an answer', () => {
    const { state } = step(silent, { type: 'duty' }, fenced)
    const { probed, tookMillis, state: end } = ring(state, fenced, 10)
    expect(probed).to.deep.equal([40, 80])
    expect(tookMillis).to.equal(120)
    expect(end.type).to.equal('owner')
  })

  it('probes once more for a timer that was late: the answer may lie unread', () => {
    const { state } = step(silent, { type: 'duty' }, fenced)
    expect(ring(state, fenced, 1, 11)).to.deep.include({ probed: [51] })
    expect(ring(state, fenced, 20, 11).probed).to.have.length(pace.probes - 1 + pace.mostExtraProbes)
    expect(ring(state, fenced, 10, 10).probed).to.have.length(pace.probes - 1)
  })

  it('waits for word of the absent node when nobody has answered for the address', () => {
    expect(ring(states.asked, checking, 5).state.type).to.equal('clear')
  })

  it('takes over what it has stood in for when nobody else answers for as long as a speaker may be slow', () => {
    const { state } = step(states.standingIn, { type: 'duty' }, fenced)
    const { probed, tookMillis, state: end } = ring(state, fenced, 10)
    expect([probed.length + 1, Math.round(tookMillis), end.type]).to.deep.equal([3, pace.holderMillis, 'owner'])
  })

  it('asks a holder again after 100 ms, and then less and less often', () => {
    let state = step(states.fencing, { type: 'claim', by: speaker('x'), kind: 'reply' }, checking).state
    const pauses: number[] = []
    for (let round = 0, at = nowMillis; round < 6; round++) {
      pauses.push(ownerDueMillis(state)! - at)
      at = ownerDueMillis(state)!
      state = step(state, { type: 'due', lateMillis: 0 }, checking, at).state
      expect(state.type).to.equal('fencing')
      state = step(state, { type: 'claim', by: speaker('x'), kind: 'reply' }, checking, at).state
    }
    expect(pauses).to.deep.equal([100, 200, 400, 800, 800, 800])
  })

  it('takes what somebody answered for when that has been silent for as long as a vote and a fence', () => {
    const { state } = step(
      states.fencing,
      { type: 'claim', by: speaker('m', { isHeard: false }), kind: 'reply' },
      fenced,
    )
    const { probed, tookMillis, state: end } = ring(state, fenced, 30)
    expect([probed[0], probed.at(-1), tookMillis, end.type]).to.deep.equal([100, 580, 620, 'owner'])
  })

  it('hands over after 500 ms although no new owner has announced', () => {
    const { state } = step(states.owner, { type: 'duty' }, other)
    expect(ownerDueMillis(state)! - nowMillis).to.equal(500)
    const end = step(state, { type: 'due', lateMillis: 0 }, other, nowMillis + 500)
    expect(end.actions.map(text)).to.deep.equal(['answer nobody'])
  })

  it('repeats its announcement in a duel at most every 50 ms', () => {
    const claim = { type: 'claim', by: speaker('y'), kind: 'announcement' } as const
    let { state } = step(states.owner, claim, own)
    const times: number[] = []
    for (let at = nowMillis; at <= nowMillis + 120; at += 10) {
      const next = step(state, claim, own, at)
      state = next.state
      if (next.actions.length > 0) times.push(at - nowMillis)
    }
    expect(times).to.deep.equal([50, 100])
  })

  it('defends against a stranger at most every 10 s, as RFC 5227 wants it', () => {
    const claim = { type: 'claim', by: stranger, kind: 'announcement' } as const
    let { state } = step(states.owner, claim, own)
    const times: number[] = []
    for (let at = nowMillis; at <= nowMillis + 25_000; at += 500) {
      const next = step(state, claim, own, at)
      state = next.state
      if (next.actions.map(text).includes('announceAgain')) times.push(at - nowMillis)
    }
    expect(times).to.deep.equal([10_000, 20_000])
  })

  it('answers what its state says, whatever has happened', () => {
    const dutyOf = fc.constantFrom<Duty>(none, other, own, fenced, checking, kept, keptElse)
    const by = fc.constantFrom<Claimant>(self, stranger, ...claims.map(([, , , claimant]) => claimant))
    const event = fc.oneof(
      fc.constant<OwnerEvent>({ type: 'duty' }),
      fc.record({ type: fc.constant('claim' as const), by, kind: fc.constantFrom('announcement', 'reply') }),
      fc.record({ type: fc.constant('due' as const), lateMillis: fc.constantFrom(0, 20) }),
    )
    const history = fc.array(fc.tuple(dutyOf, event), { maxLength: 40 })
    fc.assert(
      fc.property(history, (events) => {
        let state: OwnerState = silent
        let answered: string | undefined
        let at = 0
        for (const [duty, event] of events) {
          at += 20
          const next = step(state, event, duty, at)
          state = next.state
          for (const action of next.actions) {
            if (action.type === 'answer') answered = action.as === 'own' ? 'own' : undefined
            if (action.type === 'standIn') answered = action.absent
          }
          expect(answered, state.type).to.equal(answeredIn(state))
        }
      }),
    )
  })
})
