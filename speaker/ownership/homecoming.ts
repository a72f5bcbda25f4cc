import type { Pace } from './pace.ts'

/** Whether another speaker has the addresses that would be this node's. Asked before it serves. */
export interface Homecoming {
  readonly asked: number
  readonly dueMillis: number
  readonly haveMoved: boolean
}

/** Of so many addresses: if one has moved, all have. */
export const homecomingSample = 64

export function beginHomecoming(nowMillis: number): Homecoming {
  return { asked: 0, dueMillis: nowMillis, haveMoved: false }
}

/** Undefined: it is known now. */
export function askHomecoming(homecoming: Homecoming, nowMillis: number, pace: Pace): Homecoming | undefined {
  if (homecoming.haveMoved || homecoming.asked === pace.probes) return undefined
  return { ...homecoming, asked: homecoming.asked + 1, dueMillis: nowMillis + pace.probeMillis }
}
