import type { Allocator } from '../allocation/allocator.ts'
import type { ServiceEvent } from '../allocation/service-event.ts'
import type { Withheld } from '../allocation/withheld.ts'
import { WithheldWarnings } from './withheld-warnings.ts'

export interface WithholdingOptions {
  readonly allocator: Allocator
  readonly tell: (service: string, event: ServiceEvent) => void
  /** These Services have to be looked at again. */
  readonly enqueue: (services: Iterable<string>) => void
}

/** Puts to the allocator which addresses no Service must get, and warns Services that have one. */
export class Withholding {
  readonly #options: WithholdingOptions
  readonly #warnings: WithheldWarnings
  readonly #bySource = new Map<string, readonly Withheld[]>()

  constructor(options: WithholdingOptions) {
    const { allocator, tell } = options
    this.#options = options
    this.#warnings = new WithheldWarnings({
      holdersOf: (address) => allocator.holdersOf(address).filter((service) => !allocator.isProbing(service)),
      warn: tell,
    })
  }

  /** How a source says which addresses these are: each call replaces what it said before. */
  from(source: string): (addresses: readonly Withheld[]) => void {
    const { allocator, enqueue } = this.#options
    return (addresses) => {
      this.#bySource.set(source, addresses)
      enqueue(allocator.setWithheld(source, addresses))
      this.warnHolders()
    }
  }

  /** To be called when addresses may have other holders without a pass. */
  warnHolders(): void {
    this.#warnings.look([...this.#bySource.values()].flat())
  }
}
