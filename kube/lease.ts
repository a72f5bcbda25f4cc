/**
 * Leader election over a Lease, with client-go's timings and on a monotonic clock.
 *
 * Nobody compares calendars: a candidate notes when it first *saw* a record, and takes over when that record has not
 * changed for its whole duration. The leader stops by itself `renewDeadline` after it *began* the last write that
 * succeeded. It began before any candidate saw it, and the deadline is shorter than the duration, so there are never
 * two leaders; clocks that differ in rate by less than duration : deadline (3 : 2) do not change that. Nor does it lead
 * again before what it did as a leader has ended.
 */

import type { CallLimits, KubeClient } from './client.ts'
import { type Clock, systemClock, type Timer } from './clock.ts'
import { leases } from './core.ts'
import { isConflict, isNotFound } from './error.ts'
import type { Log } from './log.ts'
import type { KubeObject } from './object.ts'
import { defineResource } from './resource.ts'

export interface ElectionOptions {
  client: KubeClient
  namespace: string
  name: string
  /** Unlike that of any other candidate: pod name and uid. */
  identity: string
  log: Log
  clock?: Clock
  random?: () => number
  /** Default 15 s. */
  leaseDurationMillis?: number
  /** Default 10 s. */
  renewDeadlineMillis?: number
  /** Default 2 s. */
  retryPeriodMillis?: number
  onStartedLeading(): void
  /** The lease is given back, and leading begins again, only after this has ended. */
  onStoppedLeading(): void | Promise<void>
}

export interface Election {
  isLeader(): boolean
  /** Stops leading, and releases the lease so that the next leader need not wait: unless the server is slow. */
  stop(): Promise<void>
}

/** What a stop grants the attempt under way, and the release after it. */
const lastWordsMillis = 1_000

interface LeaseSpec {
  holderIdentity?: string
  leaseDurationSeconds?: number
  acquireTime?: string
  renewTime?: string
  leaseTransitions?: number
}

interface LeaseRecord extends KubeObject {
  spec?: LeaseSpec
}

interface Observation {
  record: LeaseRecord
  /** When this version of the record was first seen. */
  sinceMillis: number
}

const records = defineResource<LeaseRecord>({ ...leases })

/** Whether `identity` may write itself into the record now: the record is free, its own, or has not changed in time. */
export function mayTake({ record, sinceMillis }: Observation, identity: string, nowMillis: number): boolean {
  const { holderIdentity = '', leaseDurationSeconds = 0 } = record.spec ?? {}
  if (holderIdentity === '' || holderIdentity === identity) return true
  return nowMillis >= sinceMillis + leaseDurationSeconds * 1000
}

/** The record with `identity` as its holder. */
export function takenBy(record: LeaseSpec, identity: string, leaseDurationMillis: number, wallTime: Date): LeaseSpec {
  const now = microTime(wallTime)
  const renewed = {
    ...record,
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(leaseDurationMillis / 1000),
    renewTime: now,
  }
  if (record.holderIdentity === identity) return renewed
  return { ...renewed, acquireTime: now, leaseTransitions: (record.leaseTransitions ?? -1) + 1 }
}

/** MicroTime is parsed with exactly six digits. */
function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z')
}

export function electLeader(options: ElectionOptions): Election {
  const election = new LeaseElection(options)
  election.start()
  return election
}

class LeaseElection implements Election {
  readonly #options: ElectionOptions
  readonly #clock: Clock
  readonly #random: () => number
  readonly #log: Log
  readonly #leaseDurationMillis: number
  readonly #renewDeadlineMillis: number
  readonly #retryPeriodMillis: number
  #observed: Observation | undefined
  #leading = false
  #stopped = false
  #attempt: Promise<void> = Promise.resolve()
  #nextAttempt: Timer | undefined
  /** Leading ends by itself then. */
  #deadlineMillis = 0
  #deadline: Timer | undefined
  /** What was done as a leader is still ending. */
  #ending: Promise<void> | undefined
  readonly #attempting = new AbortController()

  constructor(options: ElectionOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    this.#leaseDurationMillis = options.leaseDurationMillis ?? 15_000
    this.#renewDeadlineMillis = options.renewDeadlineMillis ?? 10_000
    this.#retryPeriodMillis = options.retryPeriodMillis ?? 2_000
    if (this.#renewDeadlineMillis >= this.#leaseDurationMillis)
      throw new RangeError('the renew deadline must be shorter than the lease')
    this.#log = options.log.child({ lease: `${options.namespace}/${options.name}`, identity: options.identity })
  }

  isLeader(): boolean {
    // Not the timer's word alone: a process that was stopped for a while asks before the timer fires.
    return this.#leading && this.#clock.now() < this.#deadlineMillis
  }

  start(): void {
    this.#attempt = this.#tryOnce()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#clock.clearTimeout(this.#nextAttempt)
    const limit = this.#clock.setTimeout(() => this.#attempting.abort(), lastWordsMillis)
    await Promise.all([this.#attempt, this.#stopLeading('stopped')])
    // One limit for both: a server that did not answer the attempt would not answer the release.
    if (!this.#attempting.signal.aborted) await this.#release()
    this.#clock.clearTimeout(limit)
  }

  async #tryOnce(): Promise<void> {
    await this.#ending
    if (this.#stopped) return
    const startedMillis = this.#clock.now()
    try {
      if (await this.#write()) this.#held(startedMillis)
      else void this.#stopLeading('another holds the lease')
    } catch (err) {
      // A record that somebody else wrote has to be read again; anything else may be better next time.
      if (isConflict(err)) this.#observed = undefined
      this.#log.warn({ err, leading: this.#leading }, 'could not write the lease')
    }
    if (!this.#stopped) this.#nextAttempt = this.#clock.setTimeout(() => this.start(), this.#pauseMillis())
  }

  /** Candidates spread their attempts; a leader is punctual. */
  #pauseMillis(): number {
    return this.#leading ? this.#retryPeriodMillis : this.#retryPeriodMillis * (1 + this.#random() * 0.2)
  }

  /** True when the record names us. */
  async #write(): Promise<boolean> {
    const { client, identity } = this.#options
    const limits = this.#limits()
    // A leader's copy is the last that was written, or the update ends in a conflict: no need to read first.
    if (!this.#leading || !this.#observed) await this.#read(limits)
    const observed = this.#observed
    if (this.#stopped || (observed && !mayTake(observed, identity, this.#clock.now()))) return false
    const spec = takenBy(observed?.record.spec ?? {}, identity, this.#leaseDurationMillis, this.#clock.wallTime())
    const record = observed
      ? await client.update(records, { ...observed.record, spec }, limits)
      : await client.create(records, { metadata: this.#metadata(), spec }, limits)
    this.#observe(record)
    return true
  }

  /** Two attempts fit into the time that a leader has. */
  #limits(): CallLimits {
    return { signal: this.#attempting.signal, timeoutMillis: this.#renewDeadlineMillis / 2 }
  }

  async #read(limits: CallLimits): Promise<void> {
    try {
      this.#observe(await this.#options.client.get(records, this.#metadata(), limits))
    } catch (error) {
      if (!isNotFound(error)) throw error
      this.#observed = undefined
    }
  }

  #observe(record: LeaseRecord): void {
    const known = this.#observed?.record.metadata?.resourceVersion
    if (known !== undefined && known === record.metadata?.resourceVersion) return
    this.#observed = { record, sinceMillis: this.#clock.now() }
  }

  #metadata(): { namespace: string; name: string } {
    return { namespace: this.#options.namespace, name: this.#options.name }
  }

  #held(startedMillis: number): void {
    const deadlineMillis = startedMillis + this.#renewDeadlineMillis
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

  /** Resolves when what was done as a leader has ended. */
  async #stopLeading(reason: string): Promise<void> {
    this.#clock.clearTimeout(this.#deadline)
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
    const record = this.#observed?.record
    if (record?.spec?.holderIdentity !== this.#options.identity) return
    const spec: LeaseSpec = {
      ...record.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: microTime(this.#clock.wallTime()),
    }
    try {
      await this.#options.client.update(records, { ...record, spec }, { signal: this.#attempting.signal })
    } catch (err) {
      this.#log.warn({ err }, 'could not release the lease; it will expire')
    }
  }
}
