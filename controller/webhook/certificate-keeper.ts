/** Keeps the certificates alive: reads and writes the Secret, tells API servers whom to trust, changes what is served. */
import type { V1Secret, V1ValidatingWebhook, V1ValidatingWebhookConfiguration } from '@kubernetes/client-node'
import type { CertificateOrder, CertificatePair, IssuedCertificate } from '../../daemon/serving-certificate.ts'
import { isAlreadyExists, isConflict, type KubeClient } from '../../kube/client.ts'
import type { Clock } from '../../kube/clock.ts'
import { Action, startController } from '../../kube/controller.ts'
import { secrets, validatingWebhookConfigurations } from '../../kube/core.ts'
import type { Log } from '../../kube/log.ts'
import { refOf } from '../../kube/object.ts'
import type { Store } from '../../kube/store.ts'
import {
  bundleOf,
  formatKeyring,
  type Keyring,
  nextStep,
  parseKeyring,
  type Step,
  validity,
  withCurrent,
  withNext,
} from './keyring.ts'

export const configurationName = 'metallb-webhook-configuration'
/** Owns the caBundles and nothing else, so that no GitOps tool sees a difference. */
const fieldManager = 'metallb-webhook'

export interface CertificateKeeperOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'update' | 'apply'>
  readonly service: { readonly namespace: string; readonly name: string }
  /** namespace/name */
  readonly secret: string
  readonly stores: { readonly secret: Store<V1Secret>; readonly configuration: Store<V1ValidatingWebhookConfiguration> }
  readonly issue: (order: CertificateOrder) => Promise<IssuedCertificate>
  /** Called with what is to be served from now on. */
  readonly serve: (pair: CertificatePair) => void
  readonly log: Log
  readonly clock: Clock
}

export interface CertificateKeeper {
  /** Resolves when a certificate is served that the webhook configuration, if there is one, tells API servers to trust. */
  readonly trusted: Promise<void>
  stop(): Promise<void>
}

/** Replicas agree by the Secret's resourceVersion: whose write comes second looks again. */
export function keepCertificates(options: CertificateKeeperOptions): CertificateKeeper {
  const { client, service, secret: secretKey, stores, log, clock } = options
  const host = `${service.name}.${service.namespace}.svc`
  const trusted = Promise.withResolvers<void>()
  let served: Keyring | undefined

  async function pass(): Promise<Action> {
    const nowMillis = clock.wallTime().getTime()
    const secret = stores.secret.get(secretKey)
    const stored = parseKeyring(secret?.data, host, nowMillis)
    if (stored !== undefined) takeInUse(stored)
    const announced = stored !== undefined && (await announce(stored, secret))
    if (announced) trusted.resolve()
    const step = nextStep({ stored, served, announced, nowMillis })
    if (step.kind === 'wait') return Action.requeueAfter(step.millis)
    log.info({ event: 'webhookCertificates', step: step.kind, secret: secretKey }, 'changing the certificates')
    await store(secret, await keyringAfter(step, nowMillis))
    return Action.awaitChange
  }

  function takeInUse(keyring: Keyring): void {
    const isOther = keyring.current.cert !== served?.current.cert
    served = keyring
    if (isOther) options.serve(keyring.current)
  }

  /** Returns whether there was nothing to write. */
  async function announce(keyring: Keyring, secret: V1Secret | undefined): Promise<boolean> {
    const caBundle = Buffer.from(bundleOf(keyring)).toString('base64')
    const entries = ownEntries(stores.configuration.get(configurationName))
    if (entries.every(({ clientConfig }) => clientConfig.caBundle === caBundle)) return true
    // Whoever looks at an older Secret must not take back what another replica has just announced.
    const latest = await client.get(secrets, refOf(secretKey))
    if (latest.metadata?.resourceVersion !== secret?.metadata?.resourceVersion) return false
    const webhooks = entries.map(({ name }) => ({ name, clientConfig: { caBundle } })) as V1ValidatingWebhook[]
    await client.apply(
      validatingWebhookConfigurations,
      { metadata: { name: configurationName }, webhooks },
      { fieldManager, force: true },
    )
    log.info({ event: 'webhookAnnounced', configuration: configurationName }, 'wrote the caBundle')
    return false
  }

  function ownEntries(configuration: V1ValidatingWebhookConfiguration | undefined): V1ValidatingWebhook[] {
    return (configuration?.webhooks ?? []).filter(({ clientConfig }) => {
      return clientConfig.service?.name === service.name && clientConfig.service.namespace === service.namespace
    })
  }

  async function keyringAfter(step: Exclude<Step, { kind: 'wait' }>, nowMillis: number): Promise<Keyring> {
    if (step.kind === 'promote' || step.kind === 'prune') return step.keyring
    const issued = await options.issue({ host, ...validity(nowMillis) })
    return step.kind === 'create' ? withCurrent(issued) : withNext(step.keyring, issued)
  }

  async function store(secret: V1Secret | undefined, keyring: Keyring): Promise<void> {
    const data = formatKeyring(keyring)
    try {
      if (secret === undefined) await client.create(secrets, { metadata: refOf(secretKey), type: 'Opaque', data })
      else await client.update(secrets, { ...secret, data })
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) throw error
      log.debug({ secret: secretKey }, 'another replica was first')
    }
  }

  const controller = startController({ name: 'webhook-certificates', reconcile: pass, log, clock })
  const subscriptions = [stores.secret, stores.configuration].map((store: Store<unknown>) =>
    store.subscribe(() => controller.enqueue(secretKey)),
  )
  controller.enqueue(secretKey)
  return {
    trusted: trusted.promise,
    async stop() {
      for (const unsubscribe of subscriptions) unsubscribe()
      await controller.stop()
    },
  }
}
