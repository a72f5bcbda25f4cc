import { ipReservations } from '../../crds/generated/resources.ts'
import type { IPReservation } from '../../crds/generated/types.ts'
import { isAlreadyExists, isConflict, isNotFound, type KubeClient } from '../../kube/client.ts'
import type { Clock } from '../../kube/clock.ts'
import {
  Action,
  type Controller,
  type ReconcileContext,
  type StopOptions,
  startController,
} from '../../kube/controller.ts'
import type { Log } from '../../kube/log.ts'
import { pause } from '../../kube/pause.ts'
import type { Store } from '../../kube/store.ts'
import { type Retention, sameRetention } from './retention.ts'
import { amendment, retentionIn, serviceOfWritten, writtenName, writtenReservation } from './written-reservation.ts'

export interface RetentionWriterOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly store: Store<IPReservation>
  readonly retentionOf: (service: string) => Retention | undefined
  /** Whether something is being written that somebody waits for. */
  readonly isBusy: () => boolean
  readonly log: Log
  readonly clock: Clock
}

const writesAtOnce = 4
const stepAsideMillis = 100

/** Writes down what is kept for Services: one write for each change, none when nothing changes. */
export class RetentionWriter {
  readonly #options: RetentionWriterOptions
  readonly #controller: Controller

  constructor(options: RetentionWriterOptions) {
    this.#options = options
    const { log, clock } = options
    const reconcile = (service: string, context: ReconcileContext) => this.#write(service, context)
    this.#controller = startController({ name: 'retentions', reconcile, concurrency: writesAtOnce, log, clock })
  }

  /** What is kept for the Service, or what its object says of it, may have changed. */
  look(service: string): void {
    this.#controller.enqueue(service)
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#controller.stop(options)
  }

  async #write(service: string, context: ReconcileContext): Promise<Action> {
    const { isBusy, clock } = this.#options
    if (this.#isWritten(service)) return Action.awaitChange
    if (isBusy()) await pause(clock, stepAsideMillis, context.signal)
    try {
      await this.#send(service, context)
    } catch (error) {
      // The object is not any more as we saw it: the watch shows it as it is, and that is looked at.
      if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error
    }
    return Action.awaitChange
  }

  #isWritten(service: string): boolean {
    const stored = this.#stored(service)
    const retention = this.#options.retentionOf(service)
    if (stored === undefined) return retention === undefined
    // A user has taken the name: what is written there counts.
    if (serviceOfWritten(stored) === undefined) return true
    return retention !== undefined && sameRetention(retentionIn(stored), retention)
  }

  async #send(service: string, { signal, log }: ReconcileContext): Promise<void> {
    const { client, namespace, retentionOf } = this.#options
    if (this.#isWritten(service)) return // meanwhile
    const stored = this.#stored(service)
    const retention = retentionOf(service)
    const ref = { namespace, name: writtenName(service) }
    if (retention === undefined) await client.delete(ipReservations, ref, { ...versionOf(stored!), signal })
    else if (stored === undefined) {
      await client.create(ipReservations, writtenReservation(namespace, service, retention), { signal })
    } else {
      const body = amendment(stored, retention)
      await client.patch(ipReservations, ref, { type: 'merge', body, signal })
    }
    log.debug({ reservation: ref.name }, retention === undefined ? 'reservation removed' : 'reservation written')
  }

  #stored(service: string): IPReservation | undefined {
    return this.#options.store.get(`${this.#options.namespace}/${writtenName(service)}`)
  }
}

function versionOf({ metadata: { uid = '', resourceVersion = '' } = {} }: IPReservation) {
  return { uid, resourceVersion }
}
