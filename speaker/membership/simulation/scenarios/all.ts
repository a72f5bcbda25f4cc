import { deaths } from './deaths.ts'
import { impaired } from './impaired.ts'
import { partitions } from './partitions.ts'
import { rest } from './rest.ts'
import { restarts } from './restarts.ts'
import type { Scenario } from './scenario.ts'

export const scenarios: Record<string, Scenario> = { ...rest, ...deaths, ...partitions, ...restarts, ...impaired }
