import { isDeepStrictEqual } from 'node:util'
import type { V1Service } from '@kubernetes/client-node'
import { layer2Refusals } from '../announcement/eligibility.ts'
import type { Layer2Election, Placement } from '../announcement/placement.ts'
import { formatAddress } from '../net/address.ts'
import type { Interfaces } from './layer2/book.ts'
import type { Layer2 } from './layer2/layer2.ts'
import type { Ownership } from './ownership/ownership.ts'
import type { Candidate, Outcome, Protocol } from './protocol.ts'

export interface Layer2ProtocolOptions {
  node: string
  placement: Pick<Placement, 'elect' | 'forget'>
  ownership: Pick<Ownership, 'tell' | 'forget' | 'owns' | 'isSilent'>
  layer2: Pick<Layer2, 'hasInterface'>
  /** What is announced for a Service has changed: see `interfacesOf`. */
  onChange(key: string): void
  /** None of the interfaces that the advertisements list is here: the addresses are ours, and nobody answers. */
  onNoInterface(service: V1Service, addresses: readonly string[], interfaces: readonly string[]): void
}

/** A Service whose addresses this node has, or may come to have. */
interface Held {
  readonly interfaces: Interfaces
  /** Not in another's place, and not before it is certain that nobody else does. */
  readonly isOwn: boolean
  /** False when no listed interface exists here. */
  readonly isAnswered: boolean
}

/** Has ownership of the addresses of each Service decided in the order of the layer 2 election, and tells who asks. */
export class Layer2Protocol implements Protocol {
  readonly name = 'layer2'
  readonly #options: Layer2ProtocolOptions
  readonly #held = new Map<string, Held>()

  constructor(options: Layer2ProtocolOptions) {
    this.#options = options
  }

  reconcile(candidate: Candidate): Outcome {
    const { node, placement } = this.#options
    const election = placement.elect(candidate.key, candidate)
    const interfaces = this.#interfacesFor(candidate.key, election)
    if (interfaces === undefined) this.#drop(candidate.key)
    else this.#hold(candidate, election, interfaces)
    if (this.#held.get(candidate.key)?.isOwn) return { announces: true }
    const answer = election.answer(node)
    if (answer.announces) return { announces: false, ...pending }
    const { metallb, text } = layer2Refusals[answer.reason]
    return { announces: false, reason: metallb, message: text }
  }

  withdraw(key: string): void {
    this.#options.placement.forget(key)
    this.#drop(key)
  }

  /** Where this node announces a Service as its own; undefined when it does not. */
  interfacesOf(key: string): Interfaces | undefined {
    const held = this.#held.get(key)
    return held?.isOwn && held.isAnswered ? held.interfaces : undefined
  }

  /** The Services whose interfaces were not there when last looked for. */
  unanswered(): string[] {
    return [...this.#held].filter(([, { isAnswered }]) => !isAnswered).map(([key]) => key)
  }

  /** A node that is no candidate any more hands over on the interfaces that it had. Undefined: not at all. */
  #interfacesFor(key: string, { order, interfaces }: Layer2Election): Interfaces | undefined {
    const { node, ownership } = this.#options
    if (order.includes(node)) return interfaces(node)
    return order.length === 0 || ownership.isSilent(key) ? undefined : this.#held.get(key)?.interfaces
  }

  #drop(key: string): void {
    const held = this.#held.get(key)
    if (held === undefined) return
    this.#held.delete(key)
    this.#options.ownership.forget(key)
    if (held.isOwn) this.#options.onChange(key)
  }

  #hold({ key, service, addresses }: Candidate, { order }: Layer2Election, interfaces: Interfaces): void {
    const { node, layer2, ownership, onChange, onNoInterface } = this.#options
    const before = this.#held.get(key)
    const isMissing = interfaces !== 'all' && !interfaces.some((name) => layer2.hasInterface(name))
    if (isMissing) ownership.forget(key)
    else ownership.tell(key, { addresses, order, interfaces })
    const isOwn = isMissing ? order[0] === node : ownership.owns(key)
    const held: Held = { interfaces, isOwn, isAnswered: !isMissing }
    if (isDeepStrictEqual(held, before)) return
    this.#held.set(key, held)
    if (isMissing && isOwn) onNoInterface(service, addresses.map(formatAddress), interfaces)
    if (isOwn || before?.isOwn) onChange(key)
  }
}

const pending = {
  reason: 'notOwner',
  message: 'the node comes first for the address, and does not answer for it yet: another may',
}
