/**
 * True when all that `desired` says holds in `live`: what others added besides (defaults of the API server, fields of other
 * managers) does not count. Lists count in their order and length.
 */
export function contains(live: unknown, desired: unknown): boolean {
  if (Array.isArray(desired))
    return (
      Array.isArray(live) &&
      live.length === desired.length &&
      desired.every((item, index) => contains(live[index], item))
    )
  if (!isRecord(desired)) return live === desired
  return isRecord(live) && Object.entries(desired).every(([key, value]) => contains(live[key], value))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
