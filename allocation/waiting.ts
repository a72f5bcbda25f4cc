import { formatSlot, type Slot } from './refusal.ts'

/** Who waits for what, first come first served. */
export class Waiting {
  readonly #slotsOf = new Map<string, readonly Slot[]>()
  readonly #queues = new Map<string, Set<string>>()
  readonly #woken = new Map<string, readonly Slot[]>()

  /** Every Service that waits, also those that no release can help. */
  services(): Iterable<string> {
    return this.#slotsOf.keys()
  }

  add(service: string, slots: readonly Slot[]): void {
    this.remove(service)
    this.#slotsOf.set(service, slots)
    for (const slot of slots) {
      const text = formatSlot(slot)
      const queue = this.#queues.get(text) ?? new Set()
      this.#queues.set(text, queue.add(service))
    }
  }

  remove(service: string): void {
    for (const slot of this.#slotsOf.get(service) ?? []) {
      const text = formatSlot(slot)
      const queue = this.#queues.get(text)
      queue?.delete(service)
      if (queue?.size === 0) this.#queues.delete(text)
    }
    this.#slotsOf.delete(service)
  }

  /** Takes the first of a queue out; `finishWake` names the slot again once this Service has been looked at. */
  wakeOne(slot: Slot): string[] {
    const [first] = this.#queues.get(formatSlot(slot)) ?? []
    return first === undefined ? [] : [this.#wake(first)]
  }

  wakeAll(slot: Slot): string[] {
    return [...(this.#queues.get(formatSlot(slot)) ?? [])].map((service) => this.#wake(service))
  }

  /** The slots the Service was woken for; what it left of them is the next one's. */
  finishWake(service: string): readonly Slot[] {
    const slots = this.#woken.get(service) ?? []
    this.#woken.delete(service)
    return slots
  }

  #wake(service: string): string {
    this.#woken.set(service, this.#slotsOf.get(service) ?? [])
    this.remove(service)
    return service
  }
}
