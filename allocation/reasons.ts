/**
 * Why a Service has its addresses, or has none: the reasons of the condition `metallb.io/Allocated`, and what they mean.
 * What to do about each is in docs/conditions.md.
 */
export const allocatedReasons = {
  Allocated: 'The Service has the addresses that it asks for.',
  OneFamilyOnly: 'The Service has an address of one family and prefers to have both.',
  Probing: 'A new address is asked for on the network before the Service gets it.',
  ConfigurationError: 'No configuration has been valid yet, so there are no pools to give from.',
  NoPools: 'There is no IPAddressPool.',
  NoClusterIP: 'The Service has no cluster IP, which says which families it needs.',
  ClusterIPFamilies: 'The cluster IPs do not go together with ipFamilyPolicy, or cannot be read.',
  InvalidRequest: 'The addresses asked for cannot be read, or are asked for twice.',
  RequestFamilies: 'The addresses asked for are not of the families of the Service.',
  PoolMismatch: 'The addresses asked for are not in the pool asked for.',
  UnknownPool: 'The pool asked for does not exist.',
  PoolClosed: 'The serviceAllocation of the pool does not let the Service in.',
  PoolDisabled: 'The pool is disabled: it gives out no new addresses.',
  OutsidePools: 'No pool has the addresses asked for, or no pool has both.',
  Excluded: 'The pool excludes the address asked for.',
  NodeAddress: "The address asked for is a node's own.",
  Gateway: "The address asked for is a node's default gateway.",
  Reserved: 'The address asked for is kept for others by an IPReservation.',
  AddressInUse: 'The address asked for is held by another Service, or answered by a stranger on the network.',
  PortInUse: 'The address asked for can be shared, but one of the ports on it is taken.',
  QuotaExceeded: "The Services of the namespace have as many addresses of the pool as the pool's quota allows.",
  PoolExhausted: 'The pools that the Service may use have no free address.',
  NoSuitablePool: 'No pool can serve the Service, whatever becomes free.',
} as const

/** Only a change of the Service itself helps. */
const ownFaults: ReadonlySet<AllocatedReason> = new Set<AllocatedReason>([
  'NoClusterIP',
  'ClusterIPFamilies',
  'InvalidRequest',
  'RequestFamilies',
])

export function isOwnFault(reason: AllocatedReason): boolean {
  return ownFaults.has(reason)
}

export type AllocatedReason = keyof typeof allocatedReasons
