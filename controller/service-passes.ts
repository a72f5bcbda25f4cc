import type { V1Service } from '@kubernetes/client-node'
import type { ServiceEvent } from '../allocation/service-event.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import {
  type Action,
  type Controller,
  type ReconcileContext,
  type StopOptions,
  startController,
} from '../kube/controller.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { Log } from '../kube/log.ts'
import type { RightOfWay } from '../kube/right-of-way.ts'
import type { Store } from '../kube/store.ts'
import { AnnouncedWriter } from './announced/announced-writer.ts'
import type { Announcements } from './announced/announcements.ts'
import { OwnWrites } from './own-writes.ts'
import { Reminders } from './reminders.ts'
import { ServiceReconciler, type ServiceReconcilerOptions } from './service-reconciler.ts'
import { StatusWriter } from './status-writer.ts'

export interface ServicePassesOptions extends Omit<ServiceReconcilerOptions, 'ownWrites' | 'writer' | 'enqueue'> {
  readonly client: KubeClient
  readonly services: Store<V1Service>
  readonly events: EventRecorder
  readonly rightOfWay: RightOfWay
  readonly announcements: Pick<Announcements, 'first' | 'isReleased' | 'wanted' | 'done'>
  /** After each pass over the Service, whatever came of it. */
  readonly passed: (service: string) => void
  readonly log: Log
  readonly clock: Clock
}

/** Status writes under way at a time; the decisions themselves are taken one by one. */
const writesAtOnce = 16

/** Looks at every Service that changes, or is enqueued, and makes it say what came of it. */
export class ServicePasses {
  readonly #services: Store<V1Service>
  readonly #reminders: Reminders
  readonly #writer: StatusWriter
  readonly #announcedWriter: AnnouncedWriter
  readonly #reconciler: ServiceReconciler
  readonly #controller: Controller
  readonly #unsubscribe: () => void

  constructor(options: ServicePassesOptions) {
    const { client, services, events, rightOfWay, announcements, passed, log, clock } = options
    const ownWrites = new OwnWrites(services, (key) => this.#controller.enqueue(key))
    const reminders = new Reminders({ remind: (key) => this.#writer.remind(key), log, clock })
    this.#services = services
    this.#reminders = reminders
    const announced = (service: V1Service) => announcements.first(service)
    this.#writer = new StatusWriter({ client, ownWrites, events, reminders, rightOfWay, announced, clock })
    this.#announcedWriter = new AnnouncedWriter({
      ...{ client, announcements, ownWrites, clock },
      tell: (service, event) => this.#writer.emit(service, event),
    })
    this.#reconciler = new ServiceReconciler({
      ...{ ...options, ownWrites, writer: this.#writer },
      enqueue: (keys, delay) => this.enqueue(keys, delay),
    })
    this.#controller = startController({
      ...{ name: 'services', concurrency: writesAtOnce, log, clock },
      reconcile: (key, context) => this.#pass(key, context).finally(() => passed(key)),
    })
    this.#unsubscribe = services.subscribe((change) => ownWrites.changed(change))
  }

  /** One after the other, since two writes to one Service are never under way at a time. */
  async #pass(key: string, context: ReconcileContext): Promise<Action> {
    const action = await this.#reconciler.reconcile(key, context)
    await this.#announcedWriter.write(key, context.signal)
    return action
  }

  enqueue(keys: Iterable<string>, delay?: { afterMillis: number }): void {
    for (const key of keys) this.#controller.enqueue(key, delay)
  }

  /** Pools are in force: from the first call on, Services get addresses. */
  activate(): void {
    this.#reconciler.activate()
  }

  verdictChanged(): void {
    this.#reconciler.verdictChanged()
  }

  /** Between passes. */
  tell(service: string, event: ServiceEvent): void {
    this.#writer.emit(this.#services.get(service) ?? {}, event)
  }

  /** Resolves when nothing is left to look at. */
  idle(): Promise<void> {
    return this.#controller.idle()
  }

  async stop(options: StopOptions): Promise<void> {
    this.#unsubscribe()
    await Promise.all([this.#reminders.stop(), this.#controller.stop(options)])
  }
}
