/**
 * Leader election over a Lease, with client-go's timings and on a monotonic clock.
 *
 * Nobody compares calendars: a candidate notes when it first *saw* a record, and takes over when that record has not
 * changed for its whole duration. The leader stops by itself `renewDeadline` after it *began* the last write that
 * succeeded. It began before any candidate saw it, and the deadline is shorter than the duration, so there are never
 * two leaders; clocks that differ in rate by less than duration : deadline (3 : 2) do not change that. Nor does it lead
 * again before what it did as a leader has ended.
 *
 * Candidates watch the record, so that they take over at once when it is given back, and at the moment when it expires.
 * They read it every retry period as well: a watch can be silent without being well.
 */

import type { CallLimits, KubeClient } from './client.ts'
import { type Clock, systemClock, type Timer } from './clock.ts'
import { isAlreadyExists, isConflict, isNotFound } from './error.ts'
import {
  expiryMillis,
  type LeaseRecord,
  leaseRecords,
  mayTake,
  type Observation,
  released,
  takenBy,
} from './lease-record.ts'
import type { Log } from './log.ts'
import { type Reflector, reflect } from './reflector.ts'

export interface LeaseTimings {
  /** Default 15 s. Whole seconds: that is what the record holds. */
  readonly leaseDurationMillis?: number
  /** Default 10 s. */
  readonly renewDeadlineMillis?: number
  /** Default 2 s. */
  readonly retryPeriodMillis?: number
}

export interface ElectionOptions extends LeaseTimings {
  client: KubeClient
  namespace: string
  name: string
  /** Unlike that of any other candidate. Whoever comes back under the same leads again at once. */
  identity: string
  log: Log
  clock?: Clock
  random?: () => number
  onStartedLeading(): void
  /** The lease is given back, and leading begins again, only after this has ended. */
  onStoppedLeading(): void | Promise<void>
}

export interface Election {
  isLeader(): boolean
  /**
   * How long nobody else will lead, also while this one ends its work; 0: somebody else may. It is not bound to hold when
   * a person edits the record, or deletes it just as a new candidate comes.
   */
  remainingMillis(): number
  /** Resolves when it is known for the first time who leads. */
  readonly decided: Promise<void>
  /** Stops leading, and releases the lease so that the next leader need not wait: unless the server is slow. */
  stop(): Promise<void>
}

/** What a stop grants the attempt under way, and the release after it. */
const lastWordsMillis = 1_000

const defaultTimings = {
  leaseDurationMillis: 15_000,
  renewDeadlineMillis: 10_000,
  retryPeriodMillis: 2_000,
} as const satisfies Required<LeaseTimings>

export function electLeader(options: ElectionOptions): Election {
  const election = new LeaseElection(options)
  election.start()
  return election
}

class LeaseElection implements Election {
  readonly #options: ElectionOptions & Required<LeaseTimings>
  readonly #clock: Clock
  readonly #random: () => number
  readonly #log: Log
  readonly #watched: Reflector<LeaseRecord>
  #observed: Observation | undefined
  /** Somebody else wrote after that: to be read again. */
  #isOutrun = false
  #leading = false
  #stopped = false
  #attempt: Promise<void> = Promise.resolve()
  #isAttempting = false
  /** During an attempt, the watch brought a record that may be taken. */
  #isCalled = false
  #nextAttempt: Timer | undefined
  /** Leading ends by itself then. */
  #deadlineMillis = 0
  #deadline: Timer | undefined
  /** What was done as a leader is still ending. */
  #ending: Promise<void> | undefined
  readonly #attempting = new AbortController()
  readonly #decided = Promise.withResolvers<void>()

  constructor(options: ElectionOptions) {
    const { namespace, name, identity, clock = systemClock, random = Math.random } = options
    this.#options = { ...defaultTimings, ...options }
    this.#clock = clock
    this.#random = random
    const { leaseDurationMillis, renewDeadlineMillis } = this.#options
    if (renewDeadlineMillis >= leaseDurationMillis)
      throw new RangeError('the renew deadline must be shorter than the lease')
    this.#log = options.log.child({ lease: `${namespace}/${name}`, identity })
    const selection = { namespace, fieldSelector: `metadata.name=${name}` }
    this.#watched = reflect(options.client, leaseRecords, { ...selection, log: this.#log, clock, random })
    this.#watched.store.subscribe(({ after }) => this.#saw(after))
  }

  get decided(): Promise<void> {
    return this.#decided.promise
  }

  isLeader(): boolean {
    // Not the timer's word alone: a process that was stopped for a while asks before the timer fires.
    return this.#leading && this.remainingMillis() > 0
  }

  remainingMillis(): number {
    return Math.max(0, this.#deadlineMillis - this.#clock.now())
  }

  start(): void {
    this.#watched.start()
    this.#try()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#clock.clearTimeout(this.#nextAttempt)
    const limit = this.#clock.setTimeout(() => this.#attempting.abort(), lastWordsMillis)
    await Promise.all([this.#watched.stop(), this.#attempt, this.#stopLeading('stopped')])
    // One limit for both: a server that did not answer the attempt would not answer the release.
    if (!this.#attempting.signal.aborted) await this.#release()
    this.#clock.clearTimeout(limit)
  }

  #saw(record: LeaseRecord | undefined): void {
    // What a leader sees of the record it wrote itself, unless somebody deleted it.
    if (this.#stopped || (this.#leading && record)) return
    if (record) this.#observe(record)
    else this.#lost()
    if (!this.#observed || !mayTake(this.#observed, this.#options.identity, this.#clock.now())) return
    if (this.#isAttempting) this.#isCalled = true
    else this.#try({ isFresh: true })
  }

  /** `isFresh`: the record as we know it was just seen, and is not read again before it is written. */
  #try(knowledge = { isFresh: false }): void {
    this.#clock.clearTimeout(this.#nextAttempt)
    this.#attempt = this.#tryOnce(knowledge.isFresh)
  }

  async #tryOnce(isFresh: boolean): Promise<void> {
    this.#isAttempting = true
    this.#isCalled = false
    await this.#ending
    const startedMillis = this.#clock.now()
    if (!this.#stopped) await this.#campaign(isFresh)
    this.#isAttempting = false
    if (!this.#stopped) this.#nextAttempt = this.#clock.setTimeout(() => this.#try(), this.#pauseMillis(startedMillis))
  }

  async #campaign(isFresh: boolean): Promise<void> {
    const startedMillis = this.#clock.now()
    let isOurs: boolean
    try {
      isOurs = await this.#write(isFresh)
    } catch (err) {
      this.#failed(err)
      return
    }
    if (isOurs) this.#held(startedMillis)
    else if (!this.#stopped) void this.#stopLeading('another holds the lease')
    this.#decided.resolve()
  }

  #failed(err: unknown): void {
    this.#isOutrun = isConflict(err) || isAlreadyExists(err)
    if (isNotFound(err)) this.#lost()
    const level = this.#isOutrun && !this.#leading ? 'debug' : 'warn' // of several candidates one comes first
    this.#log[level]({ err, leading: this.#leading }, 'could not write the lease')
  }

  /** Candidates spread their attempts; a leader's begin on time. Whoever knows when the record expires is there then. */
  #pauseMillis(startedMillis: number): number {
    const { retryPeriodMillis } = this.#options
    if (this.#leading) return Math.max(0, startedMillis + retryPeriodMillis - this.#clock.now())
    if (this.#isCalled) return 0
    const untilExpiryMillis = this.#observed ? expiryMillis(this.#observed) - this.#clock.now() : 0
    const pauseMillis = retryPeriodMillis * (1 + this.#random() * 0.2)
    return untilExpiryMillis > 0 ? Math.min(pauseMillis, untilExpiryMillis) : pauseMillis
  }

  /** True when the record names us. */
  async #write(isFresh: boolean): Promise<boolean> {
    const { client, identity, leaseDurationMillis } = this.#options
    const limits = this.#limits()
    // A leader's copy is the last that was written, or the update ends in a conflict: no need to read first.
    const isKnown = (this.#leading || isFresh) && !this.#isOutrun
    if (!isKnown || !this.#observed) await this.#read(limits)
    const observed = this.#observed
    if (this.#stopped || (observed && !mayTake(observed, identity, this.#clock.now()))) return false
    const spec = takenBy(observed?.record.spec ?? {}, identity, leaseDurationMillis, this.#clock.wallTime())
    const record =
      observed && !observed.isGone
        ? await client.update(leaseRecords, { ...observed.record, spec }, limits)
        : await client.create(leaseRecords, { metadata: this.#metadata(), spec }, limits)
    this.#observe(record)
    return true
  }

  /** Two attempts fit into the time that a leader has. */
  #limits(): CallLimits {
    const timeoutMillis = this.#options.renewDeadlineMillis / 2
    return { signal: this.#attempting.signal, timeoutMillis, urgent: true }
  }

  async #read(limits: CallLimits): Promise<void> {
    try {
      this.#observe(await this.#options.client.get(leaseRecords, this.#metadata(), limits))
    } catch (error) {
      if (!isNotFound(error)) throw error
      this.#lost()
    }
  }

  #observe(record: LeaseRecord): void {
    this.#isOutrun = false
    const known = this.#observed?.record.metadata?.resourceVersion
    if (known !== undefined && known === record.metadata?.resourceVersion && !this.#observed?.isGone) return
    this.#observed = { record, sinceMillis: this.#clock.now(), isGone: false }
  }

  #lost(): void {
    if (!this.#observed || this.#observed.isGone) return
    this.#observed = { ...this.#observed, sinceMillis: this.#clock.now(), isGone: true }
  }

  #metadata(): { namespace: string; name: string } {
    return { namespace: this.#options.namespace, name: this.#options.name }
  }

  #held(startedMillis: number): void {
    const deadlineMillis = startedMillis + this.#options.renewDeadlineMillis
    const leftMillis = deadlineMillis - this.#clock.now()
    // The write succeeded, but so late that others may soon take over: lead only after a prompt one.
    if (leftMillis <= 0 || this.#ending || this.#stopped) return
    this.#clock.clearTimeout(this.#deadline)
    this.#deadlineMillis = deadlineMillis
    this.#deadline = this.#clock.setTimeout(
      () => void this.#stopLeading('the lease was not renewed in time'),
      leftMillis,
    )
    if (this.#leading) return
    this.#leading = true
    this.#log.info({}, 'started leading')
    this.#options.onStartedLeading()
  }

  /** Resolves when what was done as a leader has ended. In an orderly stop the lease is kept until then. */
  async #stopLeading(reason: string): Promise<void> {
    this.#clock.clearTimeout(this.#deadline)
    if (!this.#stopped) this.#deadlineMillis = 0
    if (this.#leading) {
      this.#leading = false
      this.#log.info({ reason }, 'stopped leading')
      this.#ending = this.#endWork()
    }
    await this.#ending
  }

  async #endWork(): Promise<void> {
    await undefined // so that `#ending` is set before it is cleared, also when the callback throws at once
    try {
      await this.#options.onStoppedLeading()
    } catch (err) {
      this.#log.error({ err }, 'what the leader did could not be ended in order')
    }
    this.#ending = undefined
  }

  async #release(): Promise<void> {
    this.#deadlineMillis = 0
    const record = this.#observed?.record
    if (record?.spec?.holderIdentity !== this.#options.identity) return
    const spec = released(record.spec, this.#clock.wallTime())
    try {
      await this.#options.client.update(leaseRecords, { ...record, spec }, this.#limits())
    } catch (err) {
      this.#log.warn({ err }, 'could not release the lease; it will expire')
    }
  }
}
