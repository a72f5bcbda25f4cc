import type { AdmissionOptions } from '../../config/admission.ts'
import type { ConfigObjects } from '../../config/parse.ts'
import { storedObjects } from '../../config/stored-objects.ts'
import { admissionPath, admittedResources } from '../../crds/admitted.ts'
import type { Logger } from '../../daemon/logger.ts'
import { type CertificatePair, issueCertificate } from '../../daemon/serving-certificate.ts'
import type { TlsSettings } from '../../daemon/tls.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { Clock } from '../../kube/clock.ts'
import { startReflectors, stopReflectors, storesOf } from '../../kube/reflector-set.ts'
import { answerReview } from './answer.ts'
import { followDirectory } from './certificate-directory.ts'
import { keepCertificates } from './certificate-keeper.ts'
import { type Answer, startWebhookServer, type WebhookServer } from './server.ts'
import { openCertificateWatches, openComparedWatches } from './watches.ts'

const webhookPort = 9443

export interface WebhookOptions extends AdmissionOptions {
  readonly client: KubeClient
  /** By which API servers find us. */
  readonly serviceName: string
  readonly certificates: CertificateSource
  readonly tls: TlsSettings
  readonly log: Logger
  readonly clock: Clock
}

/** Kept by us in a Secret of this name, or by somebody else in a directory. */
export type CertificateSource = { readonly secretName: string } | { readonly directory: string }

export interface Webhook {
  /** Resolves when API servers can ask, and trust the answer. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

/** Any number of replicas may run it at once, whoever leads. */
export function startWebhook(options: WebhookOptions): Webhook {
  const { log, tls, clock } = options
  const watches = openComparedWatches(options)
  const answers = answersOf(options, () => storedObjects(storesOf(watches)))
  const stopping = new AbortController()
  const ended = Promise.withResolvers<never>()
  ended.promise.catch(() => {}) // it may end before anybody waits for it
  let server: Promise<WebhookServer> | undefined
  let certificates: Certificates | undefined

  function serve(certificate: CertificatePair): void {
    if (server === undefined) {
      server = startWebhookServer({ port: webhookPort, tls, certificate, answers, log, clock })
      server.catch(ended.reject)
    } else {
      void server.then((running) => running.replaceCertificate(certificate))
      log.info({ event: 'webhookCertificate' }, 'serving another certificate')
    }
  }

  async function run(): Promise<void> {
    await startReflectors(watches, stopping.signal)
    certificates = await openCertificates(options, serve, stopping.signal)
    await Promise.race([certificates.trusted, ended.promise])
    await server
  }
  const ready = run()

  return {
    ready,
    async stop() {
      stopping.abort()
      ended.reject(stopping.signal.reason)
      await ready.catch(() => {})
      await Promise.all([stopReflectors(watches), certificates?.stop(), server?.then((running) => running.close())])
    },
  }
}

interface Certificates {
  readonly trusted: Promise<void>
  stop(): Promise<void>
}

async function openCertificates(
  options: WebhookOptions,
  serve: (pair: CertificatePair) => void,
  signal: AbortSignal,
): Promise<Certificates> {
  const { client, namespace, serviceName, certificates, log, clock } = options
  if ('directory' in certificates) return followDirectory({ directory: certificates.directory, serve, log, clock })
  const secret = `${namespace}/${certificates.secretName}`
  const watches = openCertificateWatches(options, secret)
  await startReflectors(watches, signal)
  const keeper = keepCertificates({
    ...{ client, secret, serve, log, clock },
    service: { namespace, name: serviceName },
    stores: storesOf(watches),
    issue: issueCertificate,
  })
  return {
    trusted: keeper.trusted,
    async stop() {
      await Promise.all([keeper.stop(), stopReflectors(watches)])
    },
  }
}

function answersOf({ log, ...options }: WebhookOptions, read: () => ConfigObjects): Map<string, Answer> {
  return new Map(
    admittedResources.map((resource) => [
      admissionPath(resource),
      (body) => answerReview(body, resource.kind, { log, read, options }),
    ]),
  )
}
