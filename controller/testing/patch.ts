/** What an API server makes of the patches that the controller sends. */

/** RFC 7396: lists are replaced. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  return merge(target, patch, (_, value) => value)
}

/** A strategic merge patch or an apply: conditions by their type, other lists, such as the ingress, as a whole. */
export function strategicPatch(target: unknown, patch: unknown): unknown {
  return merge(target, patch, (present, value, key) => (key === 'conditions' ? mergeConditions(present, value) : value))
}

type MergeList = (target: unknown, patch: readonly unknown[], key: string) => unknown

function merge(target: unknown, patch: unknown, mergeList: MergeList): unknown {
  if (!isRecord(patch)) return patch
  const merged: Record<string, unknown> = isRecord(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else if (Array.isArray(value)) merged[key] = mergeList(merged[key], value, key)
    else merged[key] = merge(merged[key], value, mergeList)
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
