import type { MemberLink, Phase } from './member.ts'
import type { Message } from './message.ts'

export type MembershipEvent =
  /** Whom the API names, in any order; the own name may be among them. */
  | { readonly type: 'listed'; readonly names: readonly string[] }
  /** Begins with JOIN; ends with the action `synced`. */
  | { readonly type: 'start' }
  | {
      readonly type: 'own'
      readonly phase?: Phase
      readonly links?: readonly MemberLink[]
      readonly configuration?: number
    }
  /** `from` is proven by the seal. */
  | { readonly type: 'received'; readonly from: string; readonly message: Message }
  /** ICMP port unreachable: the kernel of that node answers, its speaker does not. */
  | { readonly type: 'unreachable'; readonly name: string }
  /** Some frame came from the wire since the last time this was said; more than once in 50 ms says nothing new. */
  | { readonly type: 'frame' }
  /** Whether the packet sockets work: without them the node answers nobody. */
  | { readonly type: 'hearing'; readonly can: boolean }
  | { readonly type: 'wake'; readonly lateMillis: number }
  | { readonly type: 'leave' }

export type EventType = MembershipEvent['type']
export type EventOf<T extends EventType> = Extract<MembershipEvent, { type: T }>
