import type { V1Service } from '@kubernetes/client-node'
import type { ServiceEvent } from '../../allocation/service-event.ts'
import { isConflict, isNotFound, type KubeClient } from '../../kube/client.ts'
import type { Clock } from '../../kube/clock.ts'
import { services } from '../../kube/core.ts'
import { refOf } from '../../kube/object.ts'
import { keepService } from '../keep-service.ts'
import type { OwnWrites } from '../own-writes.ts'
import { notAnnouncedEvent } from '../pass-report.ts'
import { announcedPatch } from '../status-patch.ts'
import type { Announcements } from './announcements.ts'

export interface AnnouncedWriterOptions {
  readonly client: KubeClient
  readonly announcements: Pick<Announcements, 'isReleased' | 'wanted' | 'done'>
  readonly ownWrites: OwnWrites
  /** Tells the Service, after what is written. */
  readonly tell: (service: V1Service, event: ServiceEvent) => void
  readonly clock: Clock
}

/** Writes the condition Announced where it has to change; with the first address it comes in the same write as that. */
export class AnnouncedWriter {
  readonly #options: AnnouncedWriterOptions

  constructor(options: AnnouncedWriterOptions) {
    this.#options = options
  }

  /** No other write to the Service is under way. */
  async write(key: string, signal: AbortSignal): Promise<void> {
    const { announcements, ownWrites, tell, clock } = this.#options
    if (!announcements.isReleased(key)) return
    const wanted = announcements.wanted(key)
    const service = ownWrites.latest(key)
    const patch = service && wanted && announcedPatch(service, wanted, clock.wallTime())
    if (service && patch && (await this.#send(service, key, patch, signal))) {
      const event = notAnnouncedEvent(wanted)
      if (event) tell(service, event)
    }
    announcements.done(key)
  }

  /** False: it is not the Service any more that was looked at. Its news will be looked at, too. */
  async #send(before: V1Service, key: string, body: object, signal: AbortSignal): Promise<boolean> {
    const { client, ownWrites } = this.#options
    const options = { type: 'strategic', body, subresource: 'status', signal } as const
    try {
      await ownWrites.send(before, () => client.patch(services, refOf(key), options).then(keepService))
      return true
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return false
      throw error
    }
  }
}
