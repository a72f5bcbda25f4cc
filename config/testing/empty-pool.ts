import type { Pool } from '../snapshot.ts'

/** A pool that holds nothing and has every default, for tests to spread. */
export const emptyPool: Pool = {
  name: 'blue',
  ranges: [],
  exclude: [],
  disabled: false,
  quota: undefined,
  strategy: 'LowestFirst',
  retainForMillis: undefined,
  probeBeforeUse: false,
  autoAssign: true,
  avoidBuggyIPs: false,
  allocation: undefined,
  layer2: [],
  bgp: [],
}
