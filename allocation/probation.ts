import { type Address, formatAddress, sameAddress } from '../net/address.ts'
import { formatAddresses } from './assign.ts'
import type { Decision } from './converge.ts'
import type { Allocation } from './ledger.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Request } from './request.ts'

/** An address that a Service holds and that its status does not show yet. */
interface Candidate {
  readonly address: Address
  /** Nobody on the network has it, as far as could be found out. */
  readonly isFree: boolean
}

/**
 * New addresses of pools with `probeBeforeUse`: nobody is told of one before it is known that no stranger on the network
 * has it. Until then the ledger holds it like any other, so that nobody else gets it.
 */
export class Probation {
  /** By Service; there are none where no pool wants it. */
  readonly #candidates = new Map<string, readonly Candidate[]>()
  /** By address: the Services that must not be told of it yet. */
  readonly #pending = new Map<string, Set<string>>()

  /** Takes down what the Service holds now. Returns the addresses that have to be asked for. */
  look(request: Request, allocation: Allocation | undefined, space: PoolSpace | undefined): readonly Address[] {
    const { key } = request
    const former = this.#candidates.get(key) ?? []
    this.end(key)
    if (allocation === undefined || space === undefined || !space.pool.probeBeforeUse) return []
    const isShown = (address: Address) => request.current.some((shown) => shown && sameAddress(shown, address))
    const candidates = allocation.addresses.flatMap((address): Candidate[] => {
      if (isShown(address) || this.#isKnownToBeOurs(address, key, space)) return []
      const isFree = former.some((known) => known.isFree && sameAddress(known.address, address))
      return [{ address, isFree }]
    })
    if (candidates.length > 0) this.#candidates.set(key, candidates)
    const pending = candidates.filter(({ isFree }) => !isFree).map(({ address }) => address)
    for (const address of pending) this.#servicesFor(address).add(key)
    return pending
  }

  /** The Services that hold the address, and must not be told yet. */
  servicesAt(address: Address): string[] {
    return [...(this.#pending.get(formatAddress(address)) ?? [])]
  }

  /** Returns the Services that may be told. */
  release(address: Address): string[] {
    const services = this.servicesAt(address)
    this.#pending.delete(formatAddress(address))
    for (const service of services) {
      const candidates = this.#candidates.get(service)!
      this.#candidates.set(
        service,
        candidates.map((known) => (sameAddress(known.address, address) ? { address, isFree: true } : known)),
      )
    }
    return services
  }

  isPending(service: string): boolean {
    return this.#candidates.get(service)?.some(({ isFree }) => !isFree) ?? false
  }

  /** Addresses that the Service holds and that nobody knows of. */
  of(service: string): readonly Address[] {
    return (this.#candidates.get(service) ?? []).map(({ address }) => address)
  }

  /** The Service has been told, or is gone. */
  end(service: string): void {
    for (const address of this.of(service)) {
      const services = this.#servicesFor(address)
      services.delete(service)
      if (services.size === 0) this.#pending.delete(formatAddress(address))
    }
    this.#candidates.delete(service)
  }

  #servicesFor(address: Address): Set<string> {
    const text = formatAddress(address)
    const services = this.#pending.get(text) ?? new Set()
    this.#pending.set(text, services)
    return services
  }

  /** Shared with a Service that has been told: who answers for it is a speaker. */
  #isKnownToBeOurs(address: Address, service: string, space: PoolSpace): boolean {
    const users = space.family(address.family).usersOf(address)
    return users.some((user) => user.service !== service && !this.isPending(user.service))
  }
}

/** What the Service is told meanwhile: what it has stays as it is. */
export function whileProbing(decision: Decision, { current }: Request, probe: readonly Address[]): Decision {
  const message = `asking whether anybody on the network has ${formatAddresses(probe)}`
  const status = current.length > 0 ? 'True' : 'False'
  return { ...decision, status: 'leave', condition: { status, reason: 'Probing', message }, events: [] }
}
