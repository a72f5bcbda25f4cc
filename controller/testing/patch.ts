/** What an API server makes of the patches that the controller sends. */

/**
 * RFC 7396, and conditions by their type as in a strategic merge patch and in an apply. The ingress of a Service is
 * replaced as a whole by all three.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const merged: Record<string, unknown> = isRecord(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else if (key === 'conditions') merged[key] = mergeConditions(merged[key], value)
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

function mergeConditions(target: unknown, patch: unknown): unknown {
  const merged = new Map((target as { type: string }[] | undefined)?.map((condition) => [condition.type, condition]))
  for (const { $patch, ...condition } of patch as { type: string; $patch?: string }[]) {
    if ($patch === 'delete') merged.delete(condition.type)
    else merged.set(condition.type, { ...merged.get(condition.type), ...condition })
  }
  return [...merged.values()]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
