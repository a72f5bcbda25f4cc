import { speakerStatuses } from '../crds/generated/resources.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock, Timer } from '../kube/clock.ts'
import type { Log } from '../kube/log.ts'

export interface SpeakerMacsOptions {
  readonly client: Pick<KubeClient, 'list'>
  readonly namespace: string
  readonly log: Log
  readonly clock: Clock
  readonly onMacs: (node: string, macs: readonly string[]) => void
}

const leastMillis = 10_000

/**
 * The hardware addresses that speakers have told the API server, read when somebody wants them. Not watched: each of a
 * thousand nodes would hear of each status that another one writes.
 */
export class SpeakerMacs {
  readonly #options: SpeakerMacsOptions
  #readMillis = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: SpeakerMacsOptions) {
    this.#options = options
  }

  /** Soon; at most every ten seconds. */
  want(): void {
    const { clock } = this.#options
    const waitMillis = Math.max(0, this.#readMillis + leastMillis - clock.now())
    if (!this.#isClosed) this.#timer ??= clock.setTimeout(() => void this.#read(), waitMillis)
  }

  close(): void {
    this.#isClosed = true
    this.#options.clock.clearTimeout(this.#timer)
  }

  async #read(): Promise<void> {
    const { client, namespace, log, clock, onMacs } = this.#options
    this.#readMillis = clock.now()
    this.#timer = undefined
    try {
      const { items } = await client.list(speakerStatuses, { namespace })
      if (this.#isClosed) return
      for (const { metadata, status } of items) onMacs(metadata?.name ?? '', status?.hardwareAddresses ?? [])
    } catch (error) {
      log.warn({ err: error }, 'the hardware addresses of other speakers could not be read')
    }
  }
}
