import type { Duty } from './duty.ts'
import type { Pace } from './pace.ts'

/** What this node does about one address. */
export type OwnerState =
  | { readonly type: 'silent' }
  /** Asks whether anybody answers for it; takes it no sooner than `soonestMillis`. `holdMillis`: how long to wait if so. */
  | ({
      readonly type: 'fencing'
      readonly asked: number
      readonly extra: number
      readonly holdMillis: number
      readonly soonestMillis: number
    } & Due)
  /** Nobody does; whether the absent node is there is still being asked. */
  | { readonly type: 'clear' }
  /** `by` does, and will be asked for again. */
  | ({ readonly type: 'held'; readonly by: string; readonly isHeard: boolean; readonly holdMillis: number } & Due)
  /** Answers with the absent node's MAC. */
  | { readonly type: 'standingIn'; readonly absent: string }
  /** Has done so for too long. Goes on, and asks whether the absent speaker itself answers after all. */
  | ({ readonly type: 'relieving'; readonly absent: string; readonly asked: number; readonly extra: number } & Due)
  | { readonly type: 'owner'; readonly repeatedMillis: number; readonly defendedMillis: number }
  /** Answers as before until the new owner announces. `absent`: in whose place it has answered. */
  | ({ readonly type: 'handingOver'; readonly absent: string | undefined } & Due)

interface Due {
  readonly dueMillis: number
}

/** Who has claimed an address. */
export type Claimant =
  /** The own MAC, from another's hands: somebody answers in this node's place. */
  | { readonly type: 'self' }
  /**
   * `isHeard`: it hears this node too, and will yield or win. `wins`: it comes first in an election over the union
   * of both views. `isProxy`: the frame was another's, who answers in its place.
   */
  | {
      readonly type: 'speaker'
      readonly name: string
      readonly isHeard: boolean
      readonly wins: boolean
      readonly isProxy: boolean
    }
  | { readonly type: 'stranger' }

export type OwnerEvent =
  /** The duty has changed: see the context. */
  | { readonly type: 'duty' }
  | { readonly type: 'claim'; readonly by: Claimant; readonly kind: 'announcement' | 'reply' }
  | { readonly type: 'due'; readonly lateMillis: number }

export type OwnerAction =
  | { readonly type: 'probe' }
  /** 'own' also announces it. */
  | { readonly type: 'answer'; readonly as: 'nobody' | 'own' }
  | { readonly type: 'standIn'; readonly absent: string }
  | { readonly type: 'announceAgain' }
  /** A stranger has the address. */
  | { readonly type: 'report' }

export interface OwnerStep {
  readonly state: OwnerState
  readonly actions: readonly OwnerAction[]
}

export interface OwnerContext {
  readonly duty: Duty
  readonly nowMillis: number
  readonly pace: Pace
}

type Asking = Extract<OwnerState, { type: 'fencing' | 'clear' | 'held' }>
type StandingIn = Extract<OwnerState, { type: 'standingIn' | 'relieving' }>
type Speaker = Extract<Claimant, { type: 'speaker' }>
type Claim = Extract<OwnerEvent, { type: 'claim' }>

const never = Number.NEGATIVE_INFINITY

export const silent: OwnerState = Object.freeze({ type: 'silent' })

/** One for all that a node owns, thousands. */
const undisputed: OwnerState = Object.freeze({ type: 'owner', repeatedMillis: never, defendedMillis: never })

/** When to send it `due`; undefined: it waits for something else. */
export function ownerDueMillis(state: OwnerState): number | undefined {
  return 'dueMillis' in state ? state.dueMillis : undefined
}

export function stepOwner(state: OwnerState, event: OwnerEvent, context: OwnerContext): OwnerStep {
  const { duty } = context
  switch (state.type) {
    case 'silent':
      return event.type === 'duty' ? begin(context) : stay(state)

    case 'fencing':
    case 'clear':
    case 'held':
      if (event.type === 'duty') return reconsider(state, duty)
      if (event.type === 'claim') return heardWhileAsking(state, event, context)
      return due(state, event.lateMillis, context)

    case 'standingIn':
    case 'relieving':
      if (event.type === 'claim') return heardWhileStandingIn(state, event, context)
      if (event.type === 'due') return state.type === 'relieving' ? due(state, event.lateMillis, context) : stay(state)
      if (duty.type === 'none') return mute()
      if (duty.type === 'other') return handOver(state.absent, context)
      if (duty.type === 'substitute' && duty.absent === state.absent)
        return stay({ type: 'standingIn', absent: state.absent })
      if (duty.type === 'own' && duty.isFenced)
        return state.type === 'relieving' ? stay(state) : relieve(state, context)
      // Whose place it was is gone.
      return own()

    case 'owner':
      if (event.type === 'claim') return heardWhileOwning(state, event, context)
      if (event.type === 'due') return stay(state)
      if (duty.type === 'none') return mute()
      // Who is away gets nothing back before it serves again.
      return duty.type === 'other' ? handOver(undefined, context) : stay(state)

    case 'handingOver':
      if (event.type === 'due') return mute()
      if (event.type === 'claim') return isSuccessor(event, state.absent) ? mute() : stay(state)
      if (duty.type === 'none') return mute()
      if (duty.type === 'other') return stay(state)
      return duty.type === 'substitute' && duty.absent === state.absent ? standIn(duty.absent) : own()

    default:
      return state satisfies never
  }
}

function begin({ duty, nowMillis, pace }: OwnerContext): OwnerStep {
  if (duty.type === 'own' && !duty.isFenced) return own()
  if (duty.type === 'substitute' && duty.isKept) return standIn(duty.absent)
  if (duty.type === 'own' || duty.type === 'substitute') return fence(pace.askAgainMillis, never, { nowMillis, pace })
  return stay(silent)
}

function reconsider(state: Asking, duty: Duty): OwnerStep {
  if (duty.type === 'none' || duty.type === 'other') return stay(silent)
  if (duty.type === 'own') return state.type === 'clear' ? own() : stay(state)
  const isHeldByOther = state.type === 'held' && state.by !== duty.absent
  return duty.isKept && !isHeldByOther ? standIn(duty.absent) : stay(state)
}

function heardWhileAsking(state: Asking, { by, kind }: Claim, { duty, nowMillis, pace }: OwnerContext): OwnerStep {
  if (by.type === 'stranger') return { state, actions: [{ type: 'report' }] }
  // Somebody answers in this node's place: the address was its own before it went away.
  if (by.type === 'self') return own()
  const isAbsent = duty.type === 'substitute' && by.name === duty.absent
  // It will yield; or it is not even the speaker but the kernel of its node, with the address on kube-ipvs0.
  if (!isAbsent && by.isHeard && kind === 'reply') {
    return stay(state.type === 'fencing' ? { ...state, soonestMillis: never } : state)
  }
  // It has the address from the absent one, and yields to an announcement.
  if (!isAbsent && by.isHeard && !by.wins) return duty.type === 'substitute' ? own() : stay(state)
  if (state.type === 'held') return stay(state)
  return hold(by, state.type === 'clear' ? pace.askAgainMillis : state.holdMillis, { nowMillis, pace })
}

function due(
  state: Asking | Extract<StandingIn, { type: 'relieving' }>,
  lateMillis: number,
  context: OwnerContext,
): OwnerStep {
  const { duty, nowMillis, pace } = context
  if (state.type === 'clear') return stay(state)
  // Whether one that hears this node has gone others decide; of the rest the wire is the only word, and it may be slow.
  if (state.type === 'held')
    return fence(state.holdMillis, state.isHeard ? never : nowMillis + pace.holderMillis, context)
  const dueMillis = nowMillis + (state.type === 'relieving' ? relievingMillis(pace) : pace.probeMillis)
  // This process has slept, and the answer may lie unread in the socket.
  if (lateMillis > pace.lateMillis && state.extra < pace.mostExtraProbes) {
    return { state: { ...state, extra: state.extra + 1, dueMillis }, actions: [{ type: 'probe' }] }
  }
  const isTooSoon = state.type === 'fencing' && nowMillis < state.soonestMillis
  if (state.asked < pace.probes || isTooSoon) {
    return { state: { ...state, asked: state.asked + 1, dueMillis }, actions: [{ type: 'probe' }] }
  }
  return duty.type === 'own' || state.type === 'relieving' ? own() : stay({ type: 'clear' })
}

function heardWhileStandingIn(state: StandingIn, { by, kind }: Claim, { nowMillis, pace }: OwnerContext): OwnerStep {
  if (by.type === 'stranger') return { state, actions: [{ type: 'report' }] }
  if (by.type === 'self') return own()
  // Both answers are the same; but a speaker that lives loses nothing.
  if (by.name === state.absent && (by.isProxy || state.type === 'standingIn')) return stay(state)
  if (by.name !== state.absent && by.isHeard && kind === 'reply') return stay(state)
  if (by.name !== state.absent && by.isHeard && !by.wins) return own()
  return yieldTo(by, { nowMillis, pace })
}

function heardWhileOwning(
  state: Extract<OwnerState, { type: 'owner' }>,
  { by }: Claim,
  { nowMillis, pace }: OwnerContext,
): OwnerStep {
  if (by.type === 'self') return stay(state)
  if (by.type === 'speaker') {
    if (by.wins) return yieldTo(by, { nowMillis, pace })
    if (nowMillis - state.repeatedMillis < pace.duelMillis) return stay(state)
    return { state: { ...state, repeatedMillis: nowMillis }, actions: [{ type: 'announceAgain' }] }
  }
  // RFC 5227 s2.4 (b): defend, but not again within DEFEND_INTERVAL
  if (nowMillis - state.defendedMillis < pace.defendMillis) return { state, actions: [{ type: 'report' }] }
  const defended = { ...state, defendedMillis: nowMillis }
  return { state: defended, actions: [{ type: 'report' }, { type: 'announceAgain' }] }
}

function isSuccessor({ by, kind }: Claim, absent: string | undefined): boolean {
  return kind === 'announcement' && by.type === 'speaker' && (by.wins || by.name === absent)
}

function stay(state: OwnerState): OwnerStep {
  return { state, actions: [] }
}

function mute(): OwnerStep {
  return { state: silent, actions: [{ type: 'answer', as: 'nobody' }] }
}

function own(): OwnerStep {
  return { state: undisputed, actions: [{ type: 'answer', as: 'own' }] }
}

function standIn(absent: string): OwnerStep {
  return { state: { type: 'standingIn', absent }, actions: [{ type: 'standIn', absent }] }
}

/** The address is answered all the while: that a speaker which cannot be heard is only slow costs nothing to find out. */
function relievingMillis({ holderMillis, probes, probeMillis }: Pace): number {
  return Math.max(probeMillis, holderMillis / probes)
}

function relieve({ absent }: StandingIn, { nowMillis, pace }: When): OwnerStep {
  const dueMillis = nowMillis + relievingMillis(pace)
  return { state: { type: 'relieving', absent, asked: 1, extra: 0, dueMillis }, actions: [{ type: 'probe' }] }
}

function handOver(absent: string | undefined, { nowMillis, pace }: OwnerContext): OwnerStep {
  return stay({ type: 'handingOver', absent, dueMillis: nowMillis + pace.handoverMillis })
}

type When = Pick<OwnerContext, 'nowMillis' | 'pace'>

function fence(holdMillis: number, soonestMillis: number, { nowMillis, pace }: When): OwnerStep {
  const dueMillis = nowMillis + pace.probeMillis
  const state: OwnerState = { type: 'fencing', asked: 1, extra: 0, holdMillis, soonestMillis, dueMillis }
  return { state, actions: [{ type: 'probe' }] }
}

function yieldTo(by: Speaker, when: When): OwnerStep {
  return { state: hold(by, when.pace.askAgainMillis, when).state, actions: mute().actions }
}

/** Asked less and less often: it may be for as long as two groups of speakers cannot hear each other. */
function hold({ name, isHeard }: Speaker, holdMillis: number, { nowMillis, pace }: When): OwnerStep {
  const next = Math.min(2 * holdMillis, pace.askAgainAtMostMillis)
  return stay({ type: 'held', by: name, isHeard, holdMillis: next, dueMillis: nowMillis + holdMillis })
}
