/** What an order of candidates means for this node. */
export type Duty =
  /** Nobody has it, or this node must be silent at once. */
  | { readonly type: 'none' }
  /** Another node has it, or answers in its owner's place. */
  | { readonly type: 'other' }
  /** `isFenced`: somebody who cannot be heard might have it. */
  | { readonly type: 'own'; readonly isFenced: boolean }
  /** `absent` has it and its speaker is away; this node is the first behind. */
  | { readonly type: 'substitute'; readonly absent: string; readonly isKept: boolean }

/**
 * What another node can do for an address now. checking, kept: its speaker is away, and its kernel may go on. expired:
 * that was too long; whether its speaker has really gone nobody knows.
 */
export type Ability = 'serves' | 'reserve' | 'checking' | 'kept' | 'expired' | 'gone'

/** What this one can. leaves: hands over what it has. silent: must not answer at all. */
export type OwnAbility = 'serves' | 'reserve' | 'leaves' | 'silent'

export interface Outlook {
  readonly self: string
  readonly own: OwnAbility
  readonly isFenced: boolean
  abilityOf(node: string): Ability
}

export const none: Duty = Object.freeze({ type: 'none' })
const other: Duty = Object.freeze({ type: 'other' })
const fenced: Duty = Object.freeze({ type: 'own', isFenced: true })
const unfenced: Duty = Object.freeze({ type: 'own', isFenced: false })

/**
 * The order may be older than the outlook: nodes die without an election.
 * @param order the candidates, best first
 */
export function dutyOf(order: readonly string[], outlook: Outlook): Duty {
  const { self, own, abilityOf } = outlook
  let { isFenced } = outlook
  if (own === 'silent' || order.length === 0) return none
  let substitute: Duty | undefined
  for (const node of own === 'reserve' ? reservesLast(order, outlook) : order) {
    if (node === self && own !== 'leaves') return substitute ?? (isFenced ? fenced : unfenced)
    const ability = node === self ? 'gone' : abilityOf(node)
    // 1. Who serves comes before all that are behind it; nodes in reserve only count among themselves.
    if (ability === 'serves' || (ability === 'reserve' && own !== 'serves')) return other
    if (ability === 'expired') isFenced = true
    // 2. The first whose speaker is away has the address.
    if (ability === 'kept' || ability === 'checking') {
      substitute ??= { type: 'substitute', absent: node, isKept: ability === 'kept' }
    }
  }
  return other
}

/** As an election would have it by now. */
function reservesLast(order: readonly string[], { self, abilityOf }: Outlook): string[] {
  const isReserve = (node: string): boolean => node === self || abilityOf(node) === 'reserve'
  return [...order.filter((node) => !isReserve(node)), ...order.filter(isReserve)]
}

export function sameDuty(a: Duty, b: Duty): boolean {
  if (a.type === 'own') return b.type === 'own' && a.isFenced === b.isFenced
  if (a.type !== 'substitute') return a.type === b.type
  return b.type === 'substitute' && a.absent === b.absent && a.isKept === b.isKept
}

const strength = { none: 0, other: 1, substitute: 2, own: 3 } as const

/** Of several Services on one address the strongest counts. */
export function strongest(duties: Iterable<Duty>): Duty {
  let best: Duty = none
  for (const duty of duties) if (strength[duty.type] > strength[best.type]) best = duty
  return best
}
