import { join } from 'node:path'
import { type Bundle, nodeEnvironment, nodeFlags } from '../../cdk8s/runtime.ts'
import { mustRun } from '../../hack/lab/command.ts'
import type { FastLab } from '../../hack/lab/fast.ts'
import { namespace, poolAndAdvertisement } from '../../hack/lab/metallb.ts'
import type { LabProcess } from '../../hack/lab/processes.ts'
import { until } from '../../hack/lab/wait.ts'

const root = join(import.meta.dirname, '../..')

export const build = () => mustRun([process.execPath, join(root, 'hack/build.ts')])

/** CRDs, accounts and rights of the operator-less install. */
export async function installManifests(lab: FastLab): Promise<void> {
  await lab.kubectl(['apply', '--server-side', '-f', join(root, 'dist/install/metallb-native.yaml')])
  await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
}

/** The manifests, one pool and one advertisement for all of the lab's VIPs. */
export async function install(lab: FastLab): Promise<void> {
  await installManifests(lab)
  await lab.kubectl(['apply', '-f', '-'], { input: poolAndAdvertisement([lab.addresses.vipRange.v4]) })
}

export async function apply(lab: FastLab, items: object[]): Promise<void> {
  await lab.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
}

export interface Daemon extends LabProcess {
  healthPort: number
  /** Resolves when it says that it is ready. */
  ready(): Promise<void>
}

export interface DaemonOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly flags?: readonly string[]
}

const healthPorts: Record<Exclude<Bundle, 'operator'>, number> = { controller: 17_471, speaker: 17_472 }

/** The shipped bundle with the shipped V8 flags and rights, as its container runs it. `make build` made it. */
export async function startDaemon(
  lab: FastLab,
  bundle: keyof typeof healthPorts,
  node = 1,
  { env: extraEnv = {}, flags: extraFlags = [] }: DaemonOptions = {},
): Promise<Daemon> {
  const healthPort = healthPorts[bundle]
  const serviceAccount = await lab.serviceAccountDirectory(namespace, bundle)
  const name = `n${node}`
  const env = {
    ...process.env,
    ...nodeEnvironment,
    METALLB_NAMESPACE: namespace,
    METALLB_NODE_NAME: name,
    METALLB_POD_NAME: `${bundle}-${name}`,
    ...extraEnv,
  }
  const argv = [process.execPath, ...nodeFlags[bundle], join(root, `build/bin/${bundle}.cjs`)]
  const flags = ['--port=0', `--health-probe-port=${healthPort}`, '--log-level=warn', ...extraFlags]
  const host = lab.node(node)
  const isReady = async () => (await host.curl(`http://127.0.0.1:${healthPort}/readyz`)).status === 200
  return {
    ...host.spawn([...argv, ...flags], { serviceAccount, env, name: bundle }),
    healthPort,
    ready: async () => void (await until(`${bundle} on ${name} is ready`, isReady, { timeoutMillis: 30_000 })),
  }
}

/** Stands in for the kubelet: the Pod object of a speaker that runs on the node, ready. */
export async function announceSpeakerPod(lab: FastLab, node = 1): Promise<void> {
  const name = `speaker-n${node}`
  await apply(lab, [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: { app: 'metallb', component: 'speaker' } },
      spec: {
        nodeName: `n${node}`,
        hostNetwork: true,
        serviceAccountName: 'speaker',
        containers: [{ name: 'speaker', image: 'none' }],
      },
    },
  ])
  const { v4, v6 } = lab.node(node).address
  const status = {
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: null }],
    podIP: v4,
    podIPs: [{ ip: v4 }, { ip: v6 }],
  }
  await lab.kubectl([
    ...['-n', namespace, 'patch', 'pod', name, '--subresource=status'],
    ...['-p', JSON.stringify({ status })],
  ])
}
