import type { V1Service } from '@kubernetes/client-node'
import type { AllocatedCondition } from '../allocation/condition.ts'
import { type ServiceEvent, warning } from '../allocation/service-event.ts'
import type { AnnouncedCondition } from '../announcement/announced.ts'
import { isConflict, isNotFound, type KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { ReconcileContext } from '../kube/controller.ts'
import { services } from '../kube/core.ts'
import { isRefusal } from '../kube/error.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { Log } from '../kube/log.ts'
import type { KubeObject } from '../kube/object.ts'
import { refOf } from '../kube/object.ts'
import type { RightOfWay } from '../kube/right-of-way.ts'
import { allocatedOf, isWanting } from './allocated-condition.ts'
import { announcedOf } from './announced/announced-condition.ts'
import { keepService } from './keep-service.ts'
import type { OwnWrites } from './own-writes.ts'
import { eventsOf, type LogLine, logLineOf, type Outcome, wantingEvent, withAnnounced } from './pass-report.ts'
import type { Reminders } from './reminders.ts'
import { changesAddresses, nothing, type StatusPatch, statusPatch, withAddresses } from './status-patch.ts'

export interface StatusWriterOptions {
  readonly client: KubeClient
  readonly ownWrites: OwnWrites
  readonly events: Pick<EventRecorder, 'emit'>
  readonly reminders: Pick<Reminders, 'start'>
  /** What addresses wait for goes before everything else. */
  readonly rightOfWay: RightOfWay
  /** Whether the Service is announced as it is here; undefined: not known. */
  readonly announced: (service: V1Service) => AnnouncedCondition | undefined
  readonly clock: Clock
}

/** What is said of an outcome when the status says it. */
interface Report {
  readonly outcome: Outcome
  readonly events: readonly ServiceEvent[]
  readonly line: LogLine
}

/** Makes Services say what became of them: the status first, and when that is written the events and the log. */
export class StatusWriter {
  readonly #options: StatusWriterOptions
  /** By Service: of writes that are not known to be done. They may be all the same, and are reported when that is seen. */
  readonly #unconfirmed = new Map<string, Report>()

  constructor(options: StatusWriterOptions) {
    this.#options = options
  }

  /**
   * False when the Service is not any more what the outcome is about. Nothing is written when nothing changes, unless an
   * earlier write may have changed it: then the server is asked whether it is what we know, by a patch of nothing.
   */
  async tell(service: V1Service, key: string, decided: Outcome, context: ReconcileContext): Promise<boolean> {
    const { ownWrites, reminders, clock } = this.#options
    const outcome = this.#withAnnounced(service, decided)
    const patch = statusPatch(service, outcome, clock.wallTime())
    if (patch === undefined && ownWrites.isInDoubt(key)) {
      if (!(await this.#write(service, key, nothing(service), context.signal))) return false
    }
    if (patch === undefined) this.#confirm(service, key, outcome, context.log)
    else if (!(await this.#change(service, key, patch, outcome, context))) return false
    const isTold = patch !== undefined || outcome.events.length > 0
    if (outcome.condition !== undefined && isWanting(outcome.condition)) reminders.start(key, isTold)
    return true
  }

  /** The Service is gone. */
  forget(key: string): void {
    this.#unconfirmed.delete(key)
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

  /** The first address and what is to be said of its announcing go in one write. */
  #withAnnounced(service: V1Service, outcome: Outcome): Outcome {
    const { status } = outcome
    const addresses = status === 'leave' || status.addresses === 'leave' ? [] : status.addresses
    if (addresses.length === 0 || announcedOf(service) !== undefined) return outcome
    const announced = this.#options.announced(withAddresses(service, addresses))
    return announced === undefined ? outcome : withAnnounced(outcome, announced)
  }

  async #change(
    service: V1Service,
    key: string,
    patch: StatusPatch,
    outcome: Outcome,
    { log, signal }: ReconcileContext,
  ): Promise<boolean> {
    const deprecations = changesAddresses(patch) ? (outcome.deprecations ?? []) : []
    const events = [...eventsOf(service, key, outcome), ...deprecations]
    const report = { outcome, events, line: logLineOf(service, outcome) }
    this.#unconfirmed.set(key, report)
    try {
      if (!(await this.#write(service, key, patch, signal))) return false
    } catch (error) {
      // Maybe for ever: rights are missing, or an admission policy is against it. A server in trouble takes it later: the
      // decision stands meanwhile, and is told at every attempt, as MetalLB does (the recorder counts them).
      if (isRefusal(error)) this.emit(service, warning('StatusNotWritten', `will be tried again: ${error.message}`))
      else for (const event of outcome.events) this.emit(service, event)
      throw error
    }
    this.#unconfirmed.delete(key)
    this.#report(service, report, log)
    return true
  }

  /** The status says what it is to say: by this process, if that is what it sent last. */
  #confirm(service: V1Service, key: string, { events }: Outcome, log: Log): void {
    const report = this.#unconfirmed.get(key)
    const isDone = report && statusPatch(service, report.outcome, this.#options.clock.wallTime()) === undefined
    this.#unconfirmed.delete(key)
    if (isDone) this.#report(service, report, log)
    else for (const event of events) this.emit(service, event)
  }

  #report(service: V1Service, { events, line: { fields, message } }: Report, log: Log): void {
    for (const event of events) this.emit(service, event)
    log.info(fields, message)
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
