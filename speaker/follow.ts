import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../kube/object.ts'
import type { Change } from '../kube/store.ts'
import type { Fellows } from './fellows.ts'
import type { Parts } from './parts.ts'
import { type Stores, serviceOfSlice } from './watches.ts'

/** From now on every change of the cluster, and of the other speakers, reaches the part that it concerns. */
export function follow(stores: Stores, fellows: Fellows, { announcer, reordering, keeper }: Parts): void {
  const configured = (change: Change<KubeObject>): void => {
    if (bearsOnConfig(change)) keeper.schedule()
  }
  stores.services.subscribe(({ key }) => announcer.reconsider(key))
  stores.endpointSlices.subscribe(({ before, after }) => announcer.reconsider(serviceOfSlice((after ?? before)!)))
  for (const store of [stores.pools, stores.l2Advertisements, stores.nodes]) store.subscribe(configured)
  const { bgpAdvertisements, bgpPeers, bfdProfiles, communities, secrets, extras } = stores
  for (const store of [bgpAdvertisements, bgpPeers, bfdProfiles, communities, secrets, extras]) {
    store.subscribe(() => keeper.schedule())
  }
  fellows.follow(stores)
  fellows.subscribe(() => reordering.promptly())
}

/** Statuses of pools and nodes change all the time; what is configured is in labels and specs. */
function bearsOnConfig({ before, after }: Change<KubeObject & { spec?: unknown }>): boolean {
  return !isDeepStrictEqual(
    before && [before.metadata?.labels, before.spec],
    after && [after.metadata?.labels, after.spec],
  )
}
