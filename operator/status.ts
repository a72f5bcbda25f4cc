import { metalLBs } from '../crds/generated/resources.ts'
import type { MetalLB } from '../crds/generated/types.ts'
import { type CallLimits, isNotFound, type KubeClient } from '../kube/client.ts'
import { keyOf, refOf } from '../kube/object.ts'
import { nextConditions, sameConditions } from './conditions.ts'
import type { Health } from './health.ts'
import { fieldManager } from './operands.ts'

/**
 * Writes `health` into the conditions of a resource, if they do not say it yet.
 *
 * @param cached from the local copy, which may lag: before a write the resource is read again
 * @returns whether something was written
 */
export async function reportHealth(
  client: KubeClient,
  cached: MetalLB,
  health: Health,
  now: Date,
  limits: CallLimits = {},
): Promise<boolean> {
  if (conditionsToWrite(cached, health, now) === undefined) return false
  try {
    const current = await client.get(metalLBs, refOf(keyOf(cached)), limits)
    const conditions = conditionsToWrite(current, health, now)
    if (conditions === undefined) return false
    const { name, namespace } = current.metadata ?? {}
    const metallb = { metadata: { name, namespace }, status: { conditions } } as MetalLB
    await client.apply(metalLBs, metallb, { fieldManager, force: true, subresource: 'status', ...limits })
    return true
  } catch (error) {
    if (isNotFound(error)) return false // deleted meanwhile
    throw error
  }
}

function conditionsToWrite(metallb: MetalLB, health: Health, now: Date) {
  const previous = metallb.status?.conditions ?? []
  const next = nextConditions(previous, health, metallb.metadata?.generation ?? 0, now)
  return sameConditions(previous, next) ? undefined : next
}
