import type { Stranger } from '../../allocation/stranger.ts'
import { parseReservation } from '../../config/reservation.ts'
import { ipReservations } from '../../crds/generated/resources.ts'
import type { Condition, IPReservation, IPReservationStatus } from '../../crds/generated/types.ts'
import { isNotFound, type KubeClient } from '../../kube/client.ts'
import type { Clock } from '../../kube/clock.ts'
import {
  Action,
  type Controller,
  type ReconcileContext,
  type StopOptions,
  startController,
} from '../../kube/controller.ts'
import type { EventRecorder } from '../../kube/events.ts'
import { given } from '../../kube/given.ts'
import type { Log } from '../../kube/log.ts'
import { apiVersionOf } from '../../kube/resource.ts'
import type { Store } from '../../kube/store.ts'
import { conditionOf, isSaid } from '../condition.ts'
import { type Activity, activityOf } from './active-condition.ts'
import { formatTime, serviceOfWritten } from './written-reservation.ts'

export interface ReservationStatusOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly store: Store<IPReservation>
  readonly isOver: (endMillis: number | undefined) => boolean
  readonly strangersOn: (reservation: string) => readonly Stranger[]
  readonly events: Pick<EventRecorder, 'emit'>
  readonly log: Log
  readonly clock: Clock
}

interface Said extends Activity {
  readonly expiresAt: string | undefined
}

/** Addresses change hands in bursts. */
const gatherMillis = 200
const fieldManager = 'metallb-controller'

/** Says in the status of each reservation whether it counts. The conditions of others stay. */
export class ReservationStatusWriter {
  readonly #options: ReservationStatusOptions
  readonly #controller: Controller

  constructor(options: ReservationStatusOptions) {
    this.#options = options
    const { log, clock } = options
    const reconcile = (name: string, context: ReconcileContext) => this.#write(name, context)
    this.#controller = startController({ name: 'reservation-status', reconcile, log, clock })
  }

  /** What is to be said about the reservation, or what its status says, may have changed. */
  look(name: string): void {
    const stored = this.#stored(name)
    if (stored !== undefined && !isSelfEvident(stored)) this.#controller.enqueue(name, { afterMillis: gatherMillis })
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#controller.stop(options)
  }

  async #write(name: string, { signal, log }: ReconcileContext): Promise<Action> {
    const { client, namespace, clock } = this.#options
    const stored = this.#stored(name)
    const said = stored && this.#toSay(name, stored)
    if (stored === undefined || said === undefined || isUpToDate(stored.status, said)) return Action.awaitChange
    const object = { metadata: { namespace, name }, status: statusOf(said, activeIn(stored.status), clock) }
    try {
      const options = { fieldManager, force: true, subresource: 'status', signal } as const
      await client.apply(ipReservations, object as IPReservation, options) // only the status is applied
    } catch (error) {
      if (isNotFound(error)) return Action.awaitChange
      throw error
    }
    log.info({ reservation: name, reason: said.reason, why: said.message }, 'reservation told how it stands')
    this.#tell(stored, said)
    return Action.awaitChange
  }

  /** Undefined: nothing. */
  #toSay(name: string, stored: IPReservation): Said | undefined {
    const { isOver, strangersOn } = this.#options
    const result = parseReservation(stored)
    const end = result.ok ? result.reservation.expiresAtMillis : undefined
    // One of ours that is over is about to be removed.
    if (isSelfEvident(stored) || (isOver(end) && serviceOfWritten(stored) !== undefined)) return undefined
    const activity = activityOf(result, isOver(end), strangersOn(name))
    return { ...activity, expiresAt: end === undefined ? undefined : formatTime(end) }
  }

  #tell({ metadata = {}, status }: IPReservation, { reason, message }: Said): void {
    const event = events[reason]
    if (event === undefined || activeIn(status)?.message === message) return
    const object = { apiVersion: apiVersionOf(ipReservations), kind: ipReservations.kind, metadata }
    this.#options.events.emit(object, { ...event, message })
  }

  #stored(name: string): IPReservation | undefined {
    return this.#options.store.get(`${this.#options.namespace}/${name}`)
  }
}

const events: Readonly<Record<string, { readonly type: 'Normal' | 'Warning'; readonly reason: string } | undefined>> = {
  InvalidSpec: { type: 'Warning', reason: 'ConfigurationError' },
  InUseByOther: { type: 'Warning', reason: 'InUseByOther' },
  Expired: { type: 'Normal', reason: 'Expired' },
}

/** Of what we wrote for a Service that has the address nothing is said: that saves a second write for each Service. */
function isSelfEvident(stored: IPReservation): boolean {
  const { expiresAt, timeToLive } = stored.spec
  const isOpen = expiresAt === undefined && timeToLive === undefined
  return serviceOfWritten(stored) !== undefined && isOpen && activeIn(stored.status) === undefined
}

function isUpToDate(status: IPReservationStatus | undefined, { expiresAt, ...said }: Said): boolean {
  return isSaid(activeIn(status), said) && status?.expiresAt === expiresAt
}

function statusOf({ expiresAt, ...activity }: Said, before: Condition | undefined, clock: Clock): IPReservationStatus {
  return given({ conditions: [conditionOf('Active', activity, before, clock)], expiresAt })
}

function activeIn(status: IPReservationStatus | undefined): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Active')
}
