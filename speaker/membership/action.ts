import type { Message } from './message.ts'

export type Action =
  /** One datagram to each, spread evenly over that time. Names without a known address are left out by the shell. */
  | { readonly type: 'send'; readonly to: readonly string[]; readonly message: Message; readonly overMillis: number }
  /** A unicast ARP request or neighbour solicitation to its last MACs: the kernel asks for a lost neighbour only once a second. */
  | { readonly type: 'solicit'; readonly name: string }
  /** Life, phase or links of these are new, or they are forgotten. */
  | { readonly type: 'changed'; readonly names: readonly string[] }
  /** It was believed dead and lives: announce all own addresses again after 20 ms. */
  | { readonly type: 'back'; readonly name: string }
  /** The view is complete: serve as soon as the addresses are announced. */
  | { readonly type: 'synced' }
  /** Nothing is heard any more: own nothing. */
  | { readonly type: 'deaf' }
  /** Frames come again. The own phase is `starting`, and `synced` follows. */
  | { readonly type: 'hearing' }
  /** Believed dead too often: the own phase is `returning` until then, whatever the shell says before. */
  | { readonly type: 'damped'; readonly untilMillis: number }
