/** What the demo and the whole-system tests do with a cluster: install from dist/, wait, set up a web page behind a Service. */
import { join } from 'node:path'
import type { Cluster } from './cluster.ts'
import type { LabNode } from './node.ts'
import { until } from './wait.ts'

export const namespace = 'metallb-system'
const install = (file: string) => join(import.meta.dirname, '../../dist/install', file)

/** The unmodified manifests, as a user applies them; ends when the operator is ready. */
export async function installOperator(lab: Cluster): Promise<void> {
  await lab.kubectl(['apply', '--server-side', '-f', install('metallb-operator.yaml')])
  await lab.kubectl([
    '-n',
    namespace,
    'rollout',
    'status',
    'deployment/metallb-operator-controller-manager',
    '--timeout=90s',
  ])
}

export async function createMetalLB(lab: Cluster): Promise<void> {
  await lab.kubectl(['apply', '-f', install('metallb.yaml')])
  await waitAvailable(lab)
}

export const waitAvailable = (lab: Cluster): Promise<string> =>
  lab.kubectl(['-n', namespace, 'wait', 'metallb/metallb', '--for=condition=Available', '--timeout=90s'])

/** Addresses for Services out of the lab's own network, announced by every node. */
export const poolAndAdvertisement = (addresses: string[]): string => `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: lan, namespace: ${namespace} }
spec: { addresses: ${JSON.stringify(addresses)} }
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: { name: lan, namespace: ${namespace} }
spec: { ipAddressPools: [lan] }
`

export interface WebService {
  name: string
  replicas: number
  externalTrafficPolicy: 'Cluster' | 'Local'
  annotations?: Record<string, string>
}

/** A Deployment of the lab's web page and a LoadBalancer Service before it. */
export const webService = ({ name, replicas, externalTrafficPolicy, annotations = {} }: WebService): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 0
      tolerations:
        - { key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 5 }
        - { key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 5 }
      containers:
        - name: web
          image: lab.local/web:1
          imagePullPolicy: Never
          env:
            - { name: NODE, valueFrom: { fieldRef: { fieldPath: spec.nodeName } } }
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, annotations: ${JSON.stringify(annotations)} }
spec:
  type: LoadBalancer
  externalTrafficPolicy: ${externalTrafficPolicy}
  selector: { app: ${name} }
  ports: [{ port: 80, targetPort: 8080 }]
`

export async function rollout(lab: Cluster, workload: string, inNamespace = 'default'): Promise<void> {
  await lab.kubectl(['-n', inNamespace, 'rollout', 'status', workload, '--timeout=90s'])
}

/** @returns the addresses of the Service's status, waiting until there is one */
export const addressesOf = (lab: Cluster, service: string): Promise<string[]> =>
  until(`service ${service} has an address`, async () => {
    const path = 'jsonpath={.status.loadBalancer.ingress[*].ip}'
    const text = await lab.kubectl(['get', 'service', service, '-o', path])
    return text === '' ? undefined : text.split(' ')
  })

/** Installs everything, and one Service with a web page behind it; resolves with its address once the page is there. */
export async function serveWeb(lab: Cluster): Promise<string> {
  await installOperator(lab)
  await createMetalLB(lab)
  const web = webService({ name: 'web', replicas: 3, externalTrafficPolicy: 'Cluster' })
  await lab.kubectl(['apply', '-f', '-'], { input: `${poolAndAdvertisement([lab.addresses.vipRange.v4])}---${web}` })
  await rollout(lab, 'deployment/web')
  const [address = ''] = await addressesOf(lab, 'web')
  await until('the page', async () => (await askAfresh(lab, address)).status === 200, { timeoutMillis: 30_000 })
  return address
}

/** Every speaker by a new one, a node at a time, as an update does it. */
export async function replaceSpeakers(lab: Cluster): Promise<void> {
  await lab.kubectl(['-n', namespace, 'rollout', 'restart', 'daemonset/speaker'])
  await lab.kubectl(['-n', namespace, 'rollout', 'status', 'daemonset/speaker', '--timeout=180s'])
}

/** The node whose interface answered ARP for `address` last, as the client's neighbour table says. */
export async function answeringNode(lab: Cluster, address: string): Promise<string | undefined> {
  const { stdout } = await lab.client.exec(['ip', '-j', 'neigh', 'show', address])
  const entries: { lladdr?: string }[] = JSON.parse(stdout || '[]')
  const answer = entries[0]?.lladdr
  return lab.nodes.find((node) => node.mac === answer)?.name
}

/** Asks for the page once with an empty neighbour table, so that somebody must answer ARP. */
export async function askAfresh(lab: Cluster, address: string): Promise<{ status: number; body: string }> {
  await lab.client.exec(['ip', 'neigh', 'flush', 'to', address])
  return lab.client.curl(`http://${address}/`, { timeoutMs: 1000 })
}

/** The node of this name, as Kubernetes objects give it. */
export function nodeNamed(lab: Cluster, name: string): LabNode {
  const node = lab.nodes.find((each) => each.name === name)
  if (node === undefined) throw new Error(`the lab has no node called "${name}"`)
  return node
}

/** SIGKILL to one of our processes on a node. */
export const killBundle = (node: LabNode, bundle: 'controller' | 'speaker' | 'operator'): Promise<void> =>
  signalProcess(node, `/app/${bundle}.cjs`, 'KILL')

/** A kubelet that is stopped restarts nothing, and after a while the node is not Ready any more. */
export const signalKubelet = (node: LabNode, signal: 'STOP' | 'CONT'): Promise<void> =>
  signalProcess(node, '/kubelet ', signal)

/** To the processes whose command line has the text, in the node's own process namespace. */
async function signalProcess(node: LabNode, text: string, signal: string): Promise<void> {
  const pattern = `[${text[0]}]${text.slice(1)}` // the bracket keeps the shell from finding itself
  const script = `for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline | grep -q '${pattern}' && kill -${signal} "\${p#/proc/}" && found=1; done; [ -n "$found" ]`
  const { code, stderr } = await node.exec(['sh', '-c', script])
  if (code !== 0) throw new Error(`no process with "${text}" runs on ${node.name}: ${stderr}`)
}

/** How often the kubelets have restarted speakers, all pods together. */
export async function restartsOfSpeakers(lab: Cluster): Promise<number> {
  const path = 'jsonpath={.items[*].status.containerStatuses[*].restartCount}'
  const counts = await lab.kubectl(['-n', namespace, 'get', 'pods', '-l', 'component=speaker', '-o', path])
  return counts.split(' ').reduce((sum, count) => sum + Number(count), 0)
}
