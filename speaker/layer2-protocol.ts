import { isDeepStrictEqual } from 'node:util'
import type { V1Service } from '@kubernetes/client-node'
import { layer2Refusals } from '../announcement/eligibility.ts'
import type { Placement } from '../announcement/placement.ts'
import { formatAddress } from '../net/address.ts'
import type { Interfaces } from './layer2/book.ts'
import type { Layer2 } from './layer2/layer2.ts'
import type { Candidate, Outcome, Protocol } from './protocol.ts'

export interface Layer2ProtocolOptions {
  node: string
  placement: Pick<Placement, 'elect' | 'forget'>
  layer2: Pick<Layer2, 'announce' | 'withdraw' | 'hasInterface'>
  /** What is announced for a Service has changed: see `interfacesOf`. */
  onChange(key: string): void
  /** None of the interfaces that the advertisements list is here: the addresses are ours, and nobody answers. */
  onNoInterface(service: V1Service, addresses: readonly string[], interfaces: readonly string[]): void
}

interface Announced {
  readonly interfaces: Interfaces
  readonly addresses: readonly string[]
  /** False when no listed interface exists here. */
  readonly answered: boolean
}

/** Announces the addresses that the layer 2 election gives to this node. */
export class Layer2Protocol implements Protocol {
  readonly name = 'layer2'
  readonly #options: Layer2ProtocolOptions
  readonly #announced = new Map<string, Announced>()

  constructor(options: Layer2ProtocolOptions) {
    this.#options = options
  }

  reconcile(candidate: Candidate): Outcome {
    const { node, placement } = this.#options
    const answer = placement.elect(candidate.key, candidate).answer(node)
    if (answer.announces) {
      this.#announce(candidate, answer.interfaces)
      return { announces: true }
    }
    this.#silence(candidate.key)
    const { metallb, text } = layer2Refusals[answer.reason]
    return { announces: false, reason: metallb, message: text }
  }

  withdraw(key: string): void {
    this.#options.placement.forget(key)
    this.#silence(key)
  }

  /** Where this node answers for a Service; undefined when it does not. */
  interfacesOf(key: string): Interfaces | undefined {
    const announced = this.#announced.get(key)
    return announced?.answered ? announced.interfaces : undefined
  }

  /** The Services whose interfaces were not there when last looked for. */
  unanswered(): string[] {
    return [...this.#announced].filter(([, { answered }]) => !answered).map(([key]) => key)
  }

  #silence(key: string): void {
    if (!this.#announced.delete(key)) return
    this.#options.layer2.withdraw(key)
    this.#options.onChange(key)
  }

  #announce({ key, service, addresses }: Candidate, interfaces: Interfaces): void {
    const { layer2, onChange, onNoInterface } = this.#options
    const missing = interfaces !== 'all' && !interfaces.some((name) => layer2.hasInterface(name))
    const announced = { interfaces, answered: !missing, addresses: addresses.map(formatAddress) }
    if (isDeepStrictEqual(announced, this.#announced.get(key))) return
    this.#announced.set(key, announced)
    if (missing) {
      layer2.withdraw(key)
      onNoInterface(service, announced.addresses, interfaces)
    } else {
      for (const address of addresses) layer2.announce(key, address, interfaces)
    }
    onChange(key)
  }
}
