import { allServing, type Standings } from '../announcement/standing.ts'
import type { Alive } from './alive.ts'

/** Who counts in elections. Whether speakers tell each other or the API server tells is nobody else's business. */
export interface Presence {
  readonly standings: Standings
  /** Called after each change of `standings`. */
  subscribe(listener: () => void): void
}

/** Without a member list: all that the API server takes for alive. */
export function presenceFromApi(alive: Alive): Presence {
  return {
    get standings() {
      return allServing(alive.nodes)
    },
    subscribe: (listener) => alive.subscribe(listener),
  }
}
