import type { FaultCode } from '../faults.ts'
import type { ConfigObjects } from '../parse.ts'
import type { ConfigRules } from '../rules.ts'

/** Objects of which exactly one thing is wrong: what, by which code, and where as `Kind name field`. */
export type Refusal = readonly [
  what: string,
  code: FaultCode,
  at: string,
  objects: Partial<ConfigObjects>,
  rules?: ConfigRules,
]
