import type { Random } from './random.ts'
import type { Timeline } from './timeline.ts'

/** How a process lives. */
export interface Life {
  /** Mean time between two stalls; 0: none. */
  readonly stallEveryMillis: number
  readonly stallMillis: readonly [shortest: number, longest: number]
  /** CPU to read one packet. */
  readonly readMillis: number
  /** Packets that the kernel holds for it. */
  readonly socketQueue: number
  /** Seconds of its clock in a second: 2 is too fast. */
  readonly clockRate: number
}

interface Timer {
  readonly run: () => void
  isSet: boolean
}

/**
 * One process on a node: its clock and its socket. It stalls now and then, and when it wakes its timers run before its
 * socket is read, as in Node.js. What arrived meanwhile waits in the kernel, as far as there is room.
 */
export class Process<Packet> {
  overflows = 0
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #life: Life
  readonly #receive: (packet: Packet) => void
  readonly #bornMillis: number
  readonly #clockOffset: number
  readonly #queue: Packet[] = []
  #isAlive = true
  #isReading = false
  #lateTimers = 0
  #stalledUntil = 0
  #busyUntil = 0

  constructor(timeline: Timeline, random: Random, life: Life, receive: (packet: Packet) => void) {
    this.#timeline = timeline
    this.#random = random
    this.#life = life
    this.#receive = receive
    this.#bornMillis = timeline.nowMillis
    this.#clockOffset = random.between(0, 1e6)
    this.#planStall()
  }

  /** Its monotonic clock. */
  now(): number {
    return this.#clockOffset + (this.#timeline.nowMillis - this.#bornMillis) * this.#life.clockRate
  }

  setTimeout(run: () => void, millis: number): unknown {
    const timer: Timer = { run, isSet: true }
    const lasts = Math.max(millis, 0) / this.#life.clockRate + this.#random.next() * timerMillis
    this.#timeline.after(lasts, () => this.#fire(timer))
    return timer
  }

  clearTimeout(timer: unknown): void {
    if (timer !== undefined) (timer as Timer).isSet = false
  }

  arrive(packet: Packet): void {
    if (!this.#isAlive) return
    if (this.#queue.length >= this.#life.socketQueue) {
      this.overflows++
      return
    }
    this.#queue.push(packet)
    if (!this.#isReading) this.#planRead()
  }

  /** Reads all that waits, in the turn that runs. */
  drain(): void {
    while (this.#isAlive && this.#queue.length > 0) this.#readOne()
  }

  stall(millis: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#timeline.nowMillis + millis)
  }

  /** CPU that the running turn costs. */
  spend(millis: number): void {
    this.#busyUntil = Math.max(this.#busyUntil, this.#timeline.nowMillis) + millis
  }

  kill(): void {
    this.#isAlive = false
    this.#queue.length = 0
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  #fire(timer: Timer): void {
    if (!this.#isAlive || !timer.isSet) return
    const free = Math.max(this.#stalledUntil, this.#busyUntil)
    if (free > this.#timeline.nowMillis) {
      this.#lateTimers++
      this.#timeline.at(free, () => {
        this.#lateTimers--
        this.#fire(timer)
      })
      return
    }
    timer.isSet = false
    timer.run()
  }

  #planRead(): void {
    this.#isReading = true
    this.#timeline.at(this.#readableAt(), this.#read)
  }

  /** The end of a stall belongs to the timers. */
  #readableAt(): number {
    const { nowMillis } = this.#timeline
    const awake = this.#stalledUntil > nowMillis ? this.#stalledUntil + pollMillis : nowMillis
    return Math.max(awake, this.#busyUntil)
  }

  readonly #read = (): void => {
    this.#isReading = false
    if (!this.#isAlive || this.#queue.length === 0) return
    if (this.#lateTimers > 0 || this.#readableAt() > this.#timeline.nowMillis) {
      this.#planRead()
      return
    }
    this.#readOne()
    if (this.#queue.length > 0) this.#planRead()
  }

  #readOne(): void {
    this.spend(this.#life.readMillis)
    this.#receive(this.#queue.shift()!)
  }

  /** One ends before the next begins: together they would be longer than either may be. */
  #planStall(): void {
    const { stallEveryMillis, stallMillis } = this.#life
    if (stallEveryMillis === 0) return
    this.#timeline.after(this.#random.exponential(stallEveryMillis), () => {
      if (!this.#isAlive) return
      const millis = this.#random.between(...stallMillis)
      this.stall(millis)
      this.#timeline.after(millis, () => this.#planStall())
    })
  }
}

/** A timer of Node.js fires up to so much late. */
const timerMillis = 1
/** Between the timers of a turn and its sockets. */
const pollMillis = 0.05
