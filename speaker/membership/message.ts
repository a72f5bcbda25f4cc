import type { MemberLink, Phase } from './member.ts'

/** Of the sender, in every message. */
export interface Stamp {
  readonly incarnation: number
  readonly phase: Phase
}

/** A member at a time: whom a vote or a certificate means. */
export interface Life {
  readonly name: string
  readonly incarnation: number
}

/** What a speaker says of itself. */
export interface Facts {
  readonly configuration: number
  readonly links: readonly MemberLink[]
}

/** What one speaker passes on about another. */
export interface MemberReport extends Life, Facts {
  readonly phase: Phase
  readonly isAlive: boolean
}

type Body =
  | { readonly type: 'heartbeat'; readonly configuration: number; readonly digest: number }
  | { readonly type: 'ping' }
  | ({ readonly type: 'ack' } & Facts)
  /** A vote. */
  | { readonly type: 'suspect'; readonly accused: Life }
  | ({ readonly type: 'alive' } & Facts)
  /** A certificate, or word to those whom the sender believes dead. */
  | { readonly type: 'dead'; readonly lives: readonly Life[] }
  /** One part of the sender's whole view. */
  | {
      readonly type: 'sync'
      readonly part: number
      readonly parts: number
      /** The receiver's view is wanted in return. */
      readonly isQuestion: boolean
      readonly members: readonly MemberReport[]
    }
  /** What the sender knows better than the receiver does. */
  | { readonly type: 'news'; readonly members: readonly MemberReport[] }
  | ({ readonly type: 'join'; readonly isQuestion: boolean } & Facts)
  | { readonly type: 'leave' }
  /** The kernel of that node says that nobody listens on the port. */
  | { readonly type: 'crashed'; readonly accused: Life }

export type Message = Stamp & Body
export type MessageType = Message['type']
