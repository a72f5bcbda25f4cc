import type { Logger } from '../../daemon/logger.ts'
import { type CertificatePair, readCertificate, watchCertificate } from '../../daemon/serving-certificate.ts'
import type { Clock } from '../../kube/clock.ts'
import { Action, startController } from '../../kube/controller.ts'

export interface DirectoryOptions {
  readonly directory: string
  readonly serve: (pair: CertificatePair) => void
  readonly log: Logger
  readonly clock: Clock
}

/** Certificates that somebody else makes and renews, such as cert-manager; their first one may take its time. */
export function followDirectory({ directory, serve, log, clock }: DirectoryOptions): {
  trusted: Promise<void>
  stop(): Promise<void>
} {
  const first = Promise.withResolvers<void>()
  const flag = '--cert-dir'
  let watcher: { close(): void } | undefined
  const reconcile = async (): Promise<Action> => {
    serve(await readCertificate(directory, flag))
    watcher = watchCertificate({ directory, flag, log, clock, onChange: serve })
    first.resolve()
    return Action.awaitChange
  }
  const backoff = { initialMillis: 500, maximumMillis: 5_000 }
  const controller = startController({ name: 'webhook-certificate', reconcile, log, clock, backoff })
  controller.enqueue(directory)
  return {
    trusted: first.promise,
    async stop() {
      watcher?.close()
      await controller.stop()
    },
  }
}
