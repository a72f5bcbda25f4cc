import { type DaemonContext, runDaemon } from '../daemon/run.ts'
import { podNamespace } from '../kube/in-cluster.ts'
import { controllerFlags, controllerSettings } from './flags.ts'
import { ensureMemberlistSecret } from './memberlist-secret.ts'
import { startAllocation } from './start.ts'

runDaemon({ name: 'controller', flags: controllerFlags, settings: controllerSettings, start })

async function start({ flags, client, metrics, log, clock, setReady, signal }: DaemonContext<typeof controllerFlags>) {
  const namespace = flags.namespace || podNamespace()
  if (!namespace) throw new Error('the namespace is not known: give --namespace')
  const { 'ml-secret-name': name, deployment, 'lb-class': loadBalancerClass, 'pod-name': podName } = flags
  if (name !== '' && (await ensureMemberlistSecret({ client, namespace, name, deployment, signal }))) {
    log.info({ secret: `${namespace}/${name}` }, 'made the key for messages between speakers')
  }
  const options = { client, namespace, loadBalancerClass, podName, registry: metrics, notReady: setReady, log, clock }
  const allocation = startAllocation(options)
  const ready = async () => {
    await allocation.ready
    setReady(undefined)
  }
  ready().catch((error: unknown) => {
    if (!signal.aborted) throw error // uncaught: it ends the process
  })
  return allocation
}
