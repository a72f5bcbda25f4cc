import type { Allocator } from '../../allocation/allocator.ts'
import type { Pool } from '../../config/snapshot.ts'
import type { IPReservation } from '../../crds/generated/types.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Change } from '../../kube/store.ts'
import { rangeOf } from '../../net/range.ts'
import { type Holding, nextRetention, type Origin, type Retention, sameRetention } from './retention.ts'
import { retentionIn } from './written-reservation.ts'

export interface RetentionsOptions {
  readonly allocator: Pick<Allocator, 'allocationOf' | 'pool' | 'pools'>
  /** What is kept for the Service, or what its object says of it, may be something else now. */
  readonly onChange: (service: string) => void
  readonly clock: Clock
}

/**
 * What is kept for each Service because its pool says so. It holds from the moment of the allocation; that it is also
 * written down is for the next process.
 */
export class Retentions {
  readonly #options: RetentionsOptions
  readonly #byService = new Map<string, Retention>()
  #retaining: ReadonlySet<string> = new Set()
  #isActive = false

  constructor(options: RetentionsOptions) {
    this.#options = options
  }

  get(service: string): Retention | undefined {
    return this.#byService.get(service)
  }

  /** With the first call, every address in a status has to be taken as given. */
  setPools(pools: readonly Pool[]): void {
    this.#isActive = true
    const retaining = new Set(pools.filter((pool) => pool.retainForMillis !== undefined).map(({ name }) => name))
    const isOther = (name: string) => retaining.has(name) !== this.#retaining.has(name)
    const changed = [...new Set([...retaining, ...this.#retaining])].filter(isOther)
    this.#retaining = retaining
    const services = changed.flatMap((name) => [...(this.#options.allocator.pool(name)?.services ?? [])])
    for (const service of services) this.look(service)
  }

  /** To be called after each pass over the Service. */
  look(service: string): void {
    if (!this.#isActive) return
    const { onChange, clock } = this.#options
    const former = this.#byService.get(service)
    const holding = this.#holdingOf(service)
    const origin = holding === undefined && former !== undefined ? this.#originOf(former) : undefined
    const next = nextRetention(former, holding, origin, clock.wallTime().getTime())
    this.#set(service, next)
    if (!sameRetention(former, next)) onChange(service)
  }

  /** The object of the Service was written, by us or somebody else, or is gone. */
  changed(service: string, { before, after }: Change<IPReservation>): void {
    const retention = this.#byService.get(service)
    // Unless something is still to be written, this was an edit: who edits what is kept for nobody means it.
    if (retention === undefined || sameRetention(before && retentionIn(before), retention)) {
      this.#set(service, after && retentionIn(after))
    }
    this.look(service)
    this.#options.onChange(service)
  }

  expired(service: string): void {
    if (this.#byService.delete(service)) this.#options.onChange(service)
  }

  #set(service: string, retention: Retention | undefined): void {
    if (retention === undefined) this.#byService.delete(service)
    else this.#byService.set(service, retention)
  }

  #holdingOf(service: string): Holding | undefined {
    const { allocator } = this.#options
    const allocation = allocator.allocationOf(service)
    if (allocation === undefined) return undefined
    const retainForMillis = allocator.pool(allocation.pool)?.pool.retainForMillis
    return { addresses: allocation.addresses.map(rangeOf), retainForMillis }
  }

  #originOf({ addresses }: Retention): Origin | undefined {
    const [range] = addresses
    if (range === undefined) return undefined
    const address = { family: range.family, value: range.first }
    return [...this.#options.allocator.pools].find((space) => space.contains(address))?.pool
  }
}
