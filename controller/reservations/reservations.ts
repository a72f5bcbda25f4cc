import type { V1Service } from '@kubernetes/client-node'
import type { Allocator } from '../../allocation/allocator.ts'
import { parseReservation, type ReservationSpec } from '../../config/reservation.ts'
import type { Pool } from '../../config/snapshot.ts'
import type { IPReservation } from '../../crds/generated/types.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Clock } from '../../kube/clock.ts'
import type { StopOptions } from '../../kube/controller.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Log } from '../../kube/log.ts'
import { refOf } from '../../kube/object.ts'
import type { Change, Store } from '../../kube/store.ts'
import { Expiry } from './expiry.ts'
import { specOf } from './retention.ts'
import { RetentionWriter } from './retention-writer.ts'
import { Retentions } from './retentions.ts'
import { ReservationStatusWriter } from './status-writer.ts'
import { serviceOfName, serviceOfWritten, writtenName } from './written-reservation.ts'

export interface ReservationsOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly store: Store<IPReservation>
  readonly services: Store<V1Service>
  readonly allocator: Allocator
  readonly events: Pick<EventRecorder, 'emit'>
  /** Whether something is being written that somebody waits for. */
  readonly isBusy: () => boolean
  /** These Services have to be looked at again. */
  readonly enqueue: (services: Iterable<string>) => void
  readonly log: Log
  readonly clock: Clock
}

/** Tells the allocator what is kept: what users have written, and what pools with retainFor want. */
export class Reservations {
  readonly #options: ReservationsOptions
  readonly #expiry: Expiry
  readonly #retentions: Retentions
  readonly #writer: RetentionWriter
  readonly #status: ReservationStatusWriter
  readonly #unsubscribe: () => void
  #isActive = false

  /** Afterwards the allocator knows of every address that is kept. */
  constructor(options: ReservationsOptions) {
    const { store, allocator, services, clock } = options
    const labelsOf = (service: string) => services.get(service)?.metadata?.labels ?? {}
    this.#options = options
    this.#expiry = new Expiry(clock, (name) => this.#end(name))
    this.#retentions = new Retentions({ allocator, clock, onChange: (service) => this.#retentionChanged(service) })
    this.#writer = new RetentionWriter({ ...options, retentionOf: (service) => this.#retentions.get(service) })
    this.#status = new ReservationStatusWriter({
      ...options,
      isOver: (endMillis) => this.#expiry.isOver(endMillis),
      strangersOn: (name) => allocator.strangersOn(name, labelsOf),
    })
    for (const key of store.keys()) this.#changed({ key, before: undefined, after: store.get(key) })
    this.#unsubscribe = store.subscribe((change) => this.#changed(change))
  }

  /** To be called when other pools are in force, the first time after every address in a status has been taken as given. */
  setPools(pools: readonly Pool[]): void {
    const isFirst = !this.#isActive
    this.#isActive = true
    this.#retentions.setPools(pools)
    if (isFirst) this.#lookAtAll()
    this.#lookAtStatuses()
  }

  /** To be called after each pass over a Service. */
  passed(service: string): void {
    this.#retentions.look(service)
    this.#lookAtStatuses()
  }

  async stop(options?: StopOptions): Promise<void> {
    this.#unsubscribe()
    this.#expiry.stop()
    await Promise.all([this.#writer.stop(options), this.#status.stop(options)])
  }

  /** Of Services that went while nobody looked, a pass finds that they are gone. */
  #lookAtAll(): void {
    const { store, enqueue } = this.#options
    const written = [...store.values()].flatMap((object) => serviceOfWritten(object) ?? [])
    enqueue(written)
    for (const service of written) this.#writer.look(service)
    for (const key of store.keys()) this.#status.look(refOf(key).name)
  }

  #changed(change: Change<IPReservation>): void {
    const { name } = refOf(change.key)
    const service = serviceOfName(name)
    if (service === undefined) this.#put(name)
    else this.#retentions.changed(service, change)
    if (this.#isActive) this.#status.look(name)
  }

  #retentionChanged(service: string): void {
    this.#put(writtenName(service))
    if (this.#isActive) this.#writer.look(service)
  }

  #put(name: string): void {
    const { allocator, enqueue } = this.#options
    const reservation = this.#reservationAt(name)
    const end = reservation?.expiresAtMillis
    if (this.#expiry.isOver(end)) this.#end(name)
    else {
      this.#expiry.set(name, end)
      // When it ends is our concern: an end that moves concerns nobody who waits.
      enqueue(allocator.setReservation(name, reservation && { ...reservation, expiresAtMillis: undefined }))
    }
  }

  #end(name: string): void {
    const { allocator, enqueue } = this.#options
    const service = serviceOfName(name)
    this.#expiry.set(name, undefined)
    enqueue(allocator.setReservation(name, undefined))
    if (service !== undefined) this.#retentions.expired(service)
    if (this.#isActive) this.#status.look(name)
  }

  /** What users wrote counts as it is written; of what we wrote ourselves we know more than the object says. */
  #reservationAt(name: string): ReservationSpec | undefined {
    const { store, namespace } = this.#options
    const object = store.get(`${namespace}/${name}`)
    const isUsers = object !== undefined && serviceOfWritten(object) === undefined
    if (isUsers) {
      const result = parseReservation(object)
      return result.ok ? result.reservation : undefined
    }
    const service = serviceOfName(name)
    const retention = service === undefined ? undefined : this.#retentions.get(service)
    return retention && specOf(name, service!, retention)
  }

  /** Of those whose addresses may have changed hands. */
  #lookAtStatuses(): void {
    if (this.#isActive) for (const name of this.#options.allocator.takeReused()) this.#status.look(name)
  }
}
