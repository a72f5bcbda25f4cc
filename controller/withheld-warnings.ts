import { type ServiceEvent, warning } from '../allocation/service-event.ts'
import { describeWithheld, type Withheld } from '../allocation/withheld.ts'
import { type Address, formatAddress } from '../net/address.ts'

export interface WithheldWarningOptions {
  readonly holdersOf: (address: Address) => readonly string[]
  readonly warn: (service: string, event: ServiceEvent) => void
}

/** Tells a Service once that somebody else has its address too. It stays: to take it away would break what perhaps works. */
export class WithheldWarnings {
  readonly #options: WithheldWarningOptions
  #told: ReadonlySet<string> = new Set()

  constructor(options: WithheldWarningOptions) {
    this.#options = options
  }

  look(addresses: readonly Withheld[]): void {
    const telling = new Set<string>()
    for (const withheld of addresses) {
      const { address, reason } = withheld
      for (const service of this.#options.holdersOf(address)) {
        const message = `${formatAddress(address)} is ${describeWithheld(withheld)}, too: ${remedy}`
        telling.add(`${service} ${message}`)
        if (!this.#told.has(`${service} ${message}`)) this.#options.warn(service, warning(reason, message))
      }
    }
    this.#told = telling
  }
}

const remedy = 'the Service keeps it, but ask for another one, and exclude this one in the pool'
