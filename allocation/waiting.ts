import type { Request } from './request.ts'
import { formatSlot, type Slot } from './slot.ts'

/** A Service that does not have what it asks for. */
export interface Waiter {
  readonly request: Request
  readonly queues: readonly Queue[]
}

interface Queue {
  readonly slot: Slot
  readonly waiters: Set<Waiter>
}

/**
 * Who waits for what, first come first served. Of a queue for something countable one is woken at a time, as long as there
 * is some of it: who has been looked at passes on what is left.
 */
export class Waiting {
  readonly #isAvailable: (slot: Slot) => boolean
  readonly #waiters = new Map<string, Waiter>()
  readonly #queues = new Map<string, Queue>()
  readonly #woken = new Map<string, readonly Queue[]>()

  constructor(isAvailable: (slot: Slot) => boolean) {
    this.#isAvailable = isAvailable
  }

  /** Every Service that waits, also those that no slot can help. */
  all(): Iterable<Waiter> {
    return this.#waiters.values()
  }

  get(service: string): Waiter | undefined {
    return this.#waiters.get(service)
  }

  waitsFor(waiter: Waiter, slot: Slot): boolean {
    return this.#queues.get(formatSlot(slot))?.waiters.has(waiter) ?? false
  }

  /** Assumption: the slots that can be counted are not available. */
  add(request: Request, slots: readonly Slot[]): void {
    this.remove(request.key)
    const waiter = { request, queues: slots.map((slot) => this.#queueFor(slot)) }
    this.#waiters.set(request.key, waiter)
    for (const { waiters } of waiter.queues) waiters.add(waiter)
  }

  remove(service: string): void {
    const waiter = this.#waiters.get(service)
    if (waiter === undefined) return
    this.#waiters.delete(service)
    for (const { slot, waiters } of waiter.queues) {
      waiters.delete(waiter)
      if (waiters.size === 0) this.#queues.delete(formatSlot(slot))
    }
  }

  /** These slots may have become available: the Services to look at now. */
  wake(slots: Iterable<Slot>): string[] {
    return [...slots].flatMap((slot) => this.#wakeFrom(this.#queues.get(formatSlot(slot))))
  }

  /** The Service has been looked at: what is left of that for which it was woken is the next one's. */
  passOn(service: string): string[] {
    const queues = this.#woken.get(service) ?? []
    this.#woken.delete(service)
    return this.wake(queues.map(({ slot }) => slot).filter(isCountable))
  }

  #wakeFrom(queue: Queue | undefined): string[] {
    if (queue === undefined) return []
    if (!isCountable(queue.slot)) return [...queue.waiters].map((waiter) => this.#take(waiter))
    const [first] = queue.waiters
    return first !== undefined && this.#isAvailable(queue.slot) ? [this.#take(first)] : []
  }

  #take(waiter: Waiter): string {
    const { key } = waiter.request
    this.#woken.set(key, waiter.queues)
    this.remove(key)
    return key
  }

  #queueFor(slot: Slot): Queue {
    const text = formatSlot(slot)
    const queue = this.#queues.get(text) ?? { slot, waiters: new Set() }
    this.#queues.set(text, queue)
    return queue
  }
}

/** Of the others all are woken: whether one of them can be helped depends on more than there being some. */
function isCountable({ kind }: Slot): boolean {
  return kind === 'pool' || kind === 'reserved' || kind === 'quota'
}
