import { type DaemonContext, runDaemon } from '../daemon/run.ts'
import { parseTls } from '../daemon/tls.ts'
import { podNamespace } from '../kube/in-cluster.ts'
import { electionSettings } from './election-flags.ts'
import { controllerFlags, controllerSettings } from './flags.ts'
import { keepMemberlistSecret } from './memberlist-secret.ts'
import { startAllocation } from './start.ts'

runDaemon({ name: 'controller', flags: controllerFlags, settings: controllerSettings, start })

type Context = DaemonContext<typeof controllerFlags>

/** Something that the process does by itself, beside other such things. */
interface Part {
  readonly ready: Promise<void>
  stop(): Promise<void>
}

async function start(context: Context) {
  const { flags, setReady, signal } = context
  const namespace = flags.namespace || podNamespace()
  if (!namespace) throw new Error('the namespace is not known: give --namespace')
  const mode = flags['webhook-mode']
  const parts = [
    ...(mode === 'onlywebhook' ? [] : [await allocate(context, namespace)]),
    ...(mode === 'disabled' ? [] : [await serveWebhook(context, namespace)]),
  ]
  const ready = async () => {
    await Promise.all(parts.map((part) => part.ready))
    setReady(undefined)
  }
  ready().catch((error: unknown) => {
    if (!signal.aborted) throw error // uncaught: it ends the process
  })
  return {
    async stop() {
      await Promise.all(parts.map((part) => part.stop()))
    },
  }
}

async function allocate(context: Context, namespace: string): Promise<Part> {
  const { flags, client, metrics, log, clock, setReady, signal } = context
  const { 'ml-secret-name': name, deployment, 'lb-class': loadBalancerClass, 'pod-name': podName } = flags
  if (name !== '') await keepMemberlistSecret({ client, namespace, name, deployment, signal, log, clock })
  return startAllocation({
    ...{ client, namespace, loadBalancerClass, podName, registry: metrics, notReady: setReady, log, clock },
    ...{ backend: flags['bgp-type'], ignoreExcludeLabel: flags['ignore-exclude-lb'] },
    election: electionSettings(flags),
  })
}

/** Loaded only where it is wanted. */
async function serveWebhook({ flags, client, log, clock }: Context, namespace: string): Promise<Part> {
  const { startWebhook } = await import('./webhook/start.ts')
  const certificates = flags['disable-cert-rotation']
    ? { directory: flags['cert-dir'] }
    : { secretName: flags['webhook-secret'] }
  return startWebhook({
    ...{ client, namespace, certificates, log, clock },
    backend: flags['bgp-type'],
    serviceName: flags['cert-service-name'],
    tls: parseTls(flags),
  })
}
