import type { Pace } from './pace.ts'

/**
 * A node whose speaker is away. Its kernel may forward as ever: then it keeps its addresses, and the next speaker answers
 * in its place.
 *
 *     unasked ──needed──► checking ──answered──► kept ──standInMillis──► expired
 *                             └──── no answer ─────┴─► down
 */
export type AbsenceState =
  /** Nobody here depends on it. `speaks`: its speaker has said that it leaves or starts, so the node is there. */
  | { readonly type: 'unasked'; readonly speaks: boolean; readonly untilMillis: number }
  | ({ readonly type: 'checking' } & Asking)
  | ({ readonly type: 'kept' } & Asking)
  | { readonly type: 'down' }
  | { readonly type: 'expired' }

interface Asking {
  /** Since the last answer. */
  readonly asked: number
  /** Asked once more because a timer was late. */
  readonly extra: number
  readonly dueMillis: number
  readonly untilMillis: number
}

export type AbsenceEvent =
  /** This node is the one to answer in its place, or to take over. */
  | { readonly type: 'needed' }
  /** The node has answered for an address of its own. */
  | { readonly type: 'answered' }
  /** Its speaker leaves or starts. */
  | { readonly type: 'speaks' }
  /** Its speaker is believed dead. */
  | { readonly type: 'died' }
  | { readonly type: 'due'; readonly lateMillis: number }

/** The only one: ask for the node's own addresses. */
export type AbsenceAction = 'solicit'

export interface AbsenceStep {
  readonly state: AbsenceState
  readonly actions: readonly AbsenceAction[]
}

interface Context {
  readonly nowMillis: number
  readonly pace: Pace
}

/** @param sinceMillis when its speaker was last known to serve */
export function beginAbsence(speaks: boolean, sinceMillis: number, pace: Pace): AbsenceState {
  return { type: 'unasked', speaks, untilMillis: sinceMillis + pace.standInMillis }
}

export function stepAbsence(state: AbsenceState, event: AbsenceEvent, context: Context): AbsenceStep {
  switch (state.type) {
    case 'unasked':
      switch (event.type) {
        case 'needed':
          // Nobody stands in: whether it still answers is all that matters.
          if (context.nowMillis >= state.untilMillis) return stay({ type: 'expired' })
          return ask(state.speaks ? 'kept' : 'checking', { ...state, asked: 0, extra: 0 }, context)
        case 'speaks':
          return stay({ ...state, speaks: true })
        case 'died':
          return stay({ ...state, speaks: false })
        case 'due':
          return stay({ type: 'expired' })
        default:
          return stay(state)
      }
    case 'checking':
      switch (event.type) {
        case 'answered':
        case 'speaks':
          return rest(state, context)
        case 'due':
          return due(state, event.lateMillis, context)
        default:
          return stay(state)
      }
    case 'kept':
      switch (event.type) {
        case 'answered':
          return state.asked + state.extra > 0 ? rest(state, context) : stay(state)
        case 'due':
          return context.nowMillis >= state.untilMillis
            ? stay({ type: 'expired' })
            : due(state, event.lateMillis, context)
        default:
          return stay(state)
      }
    // Others have its addresses by now: only serving again ends it.
    case 'down':
    case 'expired':
      return stay(state)
    default:
      return state satisfies never
  }
}

/** When to send it `due`; undefined: it waits for something else. */
export function absenceDueMillis(state: AbsenceState): number | undefined {
  if (state.type === 'unasked') return state.untilMillis
  return state.type === 'checking' || state.type === 'kept' ? state.dueMillis : undefined
}

function stay(state: AbsenceState): AbsenceStep {
  return { state, actions: [] }
}

/** It has answered: ask again after a while. */
function rest({ untilMillis }: Asking, { nowMillis, pace }: Context): AbsenceStep {
  return stay({ type: 'kept', asked: 0, extra: 0, untilMillis, dueMillis: nowMillis + pace.askAgainMillis })
}

function due(state: Asking & { type: 'checking' | 'kept' }, lateMillis: number, context: Context): AbsenceStep {
  const { probes, mostExtraProbes } = context.pace
  if (lateMillis > context.pace.lateMillis && state.asked > 0 && state.extra < mostExtraProbes) {
    return ask(state.type, { ...state, asked: state.asked - 1, extra: state.extra + 1 }, context)
  }
  return state.asked < probes ? ask(state.type, state, context) : stay({ type: 'down' })
}

function ask(
  type: 'checking' | 'kept',
  { asked, extra, untilMillis }: Pick<Asking, 'asked' | 'extra' | 'untilMillis'>,
  { nowMillis, pace }: Context,
): AbsenceStep {
  const dueMillis = nowMillis + pace.probeMillis
  return { state: { type, asked: asked + 1, extra, untilMillis, dueMillis }, actions: ['solicit'] }
}
