import type { IPReservation } from '../../crds/generated/types.ts'
import { given } from '../../kube/given.ts'

/** What is kept of a reservation in memory: there can be one for each Service. */
export function keepReservation({ metadata = {}, spec, status }: IPReservation): IPReservation {
  const { namespace, name, uid, resourceVersion, creationTimestamp, labels } = metadata
  return given({
    metadata: given({ namespace, name, uid, resourceVersion, creationTimestamp, labels }),
    spec,
    status,
  }) as IPReservation // spec is always given
}
