import { isDeepStrictEqual } from 'node:util'

/**
 * True when `live` has all that `desired` names, as the API server answered when it was applied: it writes some values in
 * another form (cpu "1000m" comes back as "1"), so the wish itself is no measure. What others added besides (defaults of the
 * API server, fields of other managers) does not count. Lists count in their order and length.
 */
export function keeps(live: unknown, answered: unknown, desired: unknown): boolean {
  if (isRecord(desired) && isRecord(live) && isRecord(answered))
    return Object.entries(desired).every(([key, value]) => keeps(live[key], answered[key], value))
  if (isList(desired) && isList(live) && isList(answered) && live.length === desired.length)
    return live.length === answered.length && desired.every((item, at) => keeps(live[at], answered[at], item))
  return isDeepStrictEqual(live, answered)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isList = (value: unknown): value is unknown[] => Array.isArray(value)
