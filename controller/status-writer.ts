import type { V1Service } from '@kubernetes/client-node'
import type { AllocatedCondition } from '../allocation/condition.ts'
import type { ServiceEvent } from '../allocation/service-event.ts'
import { isConflict, isNotFound, type KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { ReconcileContext } from '../kube/controller.ts'
import { services } from '../kube/core.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { KubeObject } from '../kube/object.ts'
import { refOf } from '../kube/object.ts'
import type { RightOfWay } from '../kube/right-of-way.ts'
import { allocatedOf, isWanting } from './allocated-condition.ts'
import { keepService } from './keep-service.ts'
import type { OwnWrites } from './own-writes.ts'
import { eventsOf, logLineOf, type Outcome, wantingEvent } from './pass-report.ts'
import type { Reminders } from './reminders.ts'
import { changesAddresses, nothing, type StatusPatch, statusPatch } from './status-patch.ts'

export interface StatusWriterOptions {
  readonly client: KubeClient
  readonly ownWrites: OwnWrites
  readonly events: Pick<EventRecorder, 'emit'>
  readonly reminders: Pick<Reminders, 'start'>
  /** What addresses wait for goes before everything else. */
  readonly rightOfWay: RightOfWay
  readonly clock: Clock
}

/** Makes Services say what became of them: the status first, and when that is written the events and the log. */
export class StatusWriter {
  readonly #options: StatusWriterOptions

  constructor(options: StatusWriterOptions) {
    this.#options = options
  }

  /**
   * False when the Service is not any more what the outcome is about. Nothing is written when nothing changes, unless an
   * earlier write may have changed it: then the server is asked whether it is what we know, by a patch of nothing.
   */
  async tell(service: V1Service, key: string, outcome: Outcome, context: ReconcileContext): Promise<boolean> {
    const { ownWrites, reminders, clock } = this.#options
    const patch = statusPatch(service, outcome, clock.wallTime())
    if (patch === undefined && ownWrites.isInDoubt(key)) {
      if (!(await this.#write(service, key, nothing(service), context.signal))) return false
    }
    if (patch === undefined) for (const event of outcome.events) this.emit(service, event)
    else if (!(await this.#change(service, key, patch, outcome, context))) return false
    const isTold = patch !== undefined || outcome.events.length > 0
    if (outcome.condition !== undefined && isWanting(outcome.condition)) reminders.start(key, isTold)
    return true
  }

  /** Says once more why the Service has not got what it asks for. False: it has. */
  remind(key: string): boolean {
    const service = this.#options.ownWrites.latest(key)
    const condition = service && (allocatedOf(service) as AllocatedCondition | undefined)
    const event = condition && wantingEvent(key, condition)
    if (service === undefined || event === undefined) return false
    this.emit(service, event)
    return true
  }

  emit({ metadata }: KubeObject, event: ServiceEvent): void {
    this.#options.events.emit({ apiVersion: 'v1', kind: 'Service', metadata: metadata ?? {} }, event)
  }

  async #change(
    service: V1Service,
    key: string,
    patch: StatusPatch,
    outcome: Outcome,
    { log, signal }: ReconcileContext,
  ): Promise<boolean> {
    const deprecations = changesAddresses(patch) ? (outcome.deprecations ?? []) : []
    let isOutdated = false
    try {
      isOutdated = !(await this.#write(service, key, patch, signal))
    } finally {
      // Also when the write failed: the address is the Service's, and the write is tried again.
      const events = isOutdated ? [] : [...eventsOf(service, key, outcome), ...deprecations]
      for (const event of events) this.emit(service, event)
    }
    const { fields, message } = logLineOf(service, outcome)
    if (!isOutdated) log.info(fields, message)
    return !isOutdated
  }

  async #write(service: V1Service, key: string, body: object, signal: AbortSignal): Promise<boolean> {
    const { client, ownWrites, rightOfWay } = this.#options
    const options = { type: 'strategic', body, subresource: 'status', signal } as const
    try {
      const write = () => client.patch(services, refOf(key), options).then(keepService)
      await rightOfWay.take(() => ownWrites.send(service, write))
      return true
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return false
      throw error
    }
  }
}
