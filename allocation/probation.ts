import { type Address, sameAddress } from '../net/address.ts'
import { formatAddresses } from './assign.ts'
import type { Decision } from './converge.ts'
import type { Allocation } from './ledger.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Request } from './request.ts'

/** An address that a Service holds and that its status does not show yet. */
interface Candidate {
  readonly address: Address
  /** Nobody on the network has it, as far as could be found out. */
  isFree: boolean
}

/**
 * New addresses of pools with `probeBeforeUse`: nobody is told of one before it is known that no stranger on the network
 * has it. Until then the ledger holds it like any other, so that nobody else gets it.
 */
export class Probation {
  /** By Service; there are none where no pool wants it. */
  readonly #candidates = new Map<string, readonly Candidate[]>()

  /** Takes down what the Service holds now. Returns the addresses that have to be asked for. */
  look(request: Request, allocation: Allocation | undefined, space: PoolSpace | undefined): readonly Address[] {
    const { key } = request
    const former = this.#candidates.get(key) ?? []
    this.#candidates.delete(key)
    if (allocation === undefined || space === undefined || !space.pool.probeBeforeUse) return []
    const isShown = (address: Address) => request.current.some((shown) => shown && sameAddress(shown, address))
    const candidates = allocation.addresses.flatMap((address): Candidate[] => {
      if (isShown(address) || this.#isKnownToBeOurs(address, key, space)) return []
      const known = former.find((candidate) => sameAddress(candidate.address, address))
      return [known ?? { address, isFree: false }]
    })
    if (candidates.length > 0) this.#candidates.set(key, candidates)
    return candidates.filter(({ isFree }) => !isFree).map(({ address }) => address)
  }

  /** The Services that hold the address, and must not be told yet. */
  servicesAt(address: Address): string[] {
    const isThis = (candidate: Candidate) => !candidate.isFree && sameAddress(candidate.address, address)
    return [...this.#candidates].filter(([, candidates]) => candidates.some(isThis)).map(([service]) => service)
  }

  /** Returns the Services that may be told. */
  release(address: Address): string[] {
    const services = this.servicesAt(address)
    for (const service of services) {
      const candidate = this.#candidates.get(service)!.find((other) => sameAddress(other.address, address))!
      candidate.isFree = true
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
    this.#candidates.delete(service)
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
