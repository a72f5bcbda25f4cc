import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LabAddresses, serviceNetwork } from './addresses.ts'
import { type Api, connectApi } from './api.ts'
import type { Credentials } from './credentials.ts'
import type { Foundation } from './lab.ts'
import { inNetns } from './network.ts'
import { isAlive, type LabProcess, start } from './processes.ts'
import type { LabState } from './state.ts'
import { until } from './wait.ts'

export const apiPort = 6443
const etcdUrl = 'http://127.0.0.1:2379'
const etcdPeerUrl = 'http://127.0.0.1:2380'
const readyTimeoutMillis = 90_000

/** Flags of a program: `{ a: 1 }` is `--a=1`. */
export type Options = Readonly<Record<string, string | number | boolean>>

const flags = (options: Options): string[] => Object.entries(options).map(([name, value]) => `--${name}=${value}`)

const etcdFlags = (directory: string): Options => ({
  'data-dir': join(directory, 'etcd'),
  'unsafe-no-fsync': true,
  'listen-client-urls': etcdUrl,
  'advertise-client-urls': etcdUrl,
  'listen-peer-urls': etcdPeerUrl,
  'initial-advertise-peer-urls': etcdPeerUrl,
  'initial-cluster': `default=${etcdPeerUrl}`,
  'log-level': 'warn',
})

const serviceRanges = `${serviceNetwork.v4},${serviceNetwork.v6}`

/**
 * The API server is outside the nodes and cannot reach ClusterIPs: aggregator routing makes it call the pods behind
 * a webhook's Service. Without controllers nobody makes default ServiceAccounts or takes the not-ready taint from
 * nodes, so the fast lab does without the admission plug-ins that count on them.
 */
const commonApiServerFlags = (credentials: Credentials, address: string, withControllers: boolean): Options => ({
  'etcd-servers': etcdUrl,
  'bind-address': '0.0.0.0',
  'advertise-address': address,
  'secure-port': apiPort,
  'cert-dir': join(credentials.directory, 'certificates'),
  'service-cluster-ip-range': serviceRanges,
  'service-account-issuer': 'https://kubernetes.default.svc',
  'service-account-key-file': credentials.verifyingKey,
  'service-account-signing-key-file': credentials.signingKey,
  'token-auth-file': credentials.tokenFile,
  'authorization-mode': 'Node,RBAC',
  'allow-privileged': true,
  'kubelet-preferred-address-types': 'InternalIP',
  'enable-aggregator-routing': true,
  'shutdown-delay-duration': '0s',
  ...(withControllers
    ? { 'enable-admission-plugins': 'NodeRestriction' }
    : { 'disable-admission-plugins': 'ServiceAccount,TaintNodesByCondition' }),
})

export const apiServerUrl = ({ controlPlane }: LabAddresses): string => `https://${controlPlane.v4}:${apiPort}`

/** Starts etcd and the API server; resolves when requests are served. */
export async function startApiServer(
  { state, network, credentials, lab, log }: Foundation,
  options: {
    binaries: Readonly<Record<'etcd' | 'kube-apiserver', string>>
    withControllers: boolean
    apiServerFlags?: Options
  },
): Promise<Api> {
  const { binaries, withControllers, apiServerFlags = {} } = options
  const { netns } = network.station('cp')
  const launch = (name: 'etcd' | 'kube-apiserver', rows: Options) =>
    startComponent(state, netns, name, [binaries[name], ...flags(rows)])
  const processes = [
    launch('etcd', etcdFlags(credentials.directory)),
    launch('kube-apiserver', {
      ...commonApiServerFlags(credentials, lab.addresses.controlPlane.v4, withControllers),
      ...apiServerFlags,
    }),
  ]
  const api = connectApi(apiServerUrl(lab.addresses), {
    token: credentials.tokenOf('admin'),
    ca: () => readFileSync(credentials.caFile, 'utf8'),
  })
  await ready(api, processes)
  log(`API server ${api.server}`)
  return api
}

/** Starts what makes objects come true: the controller manager and the scheduler. */
export function startControllers(
  { state, network, credentials }: Foundation,
  binaries: Readonly<Record<'kube-controller-manager' | 'kube-scheduler', string>>,
): void {
  const { netns } = network.station('cp')
  for (const [name, rows] of Object.entries(controllerFlags(credentials)) as [keyof typeof binaries, Options][]) {
    const kubeconfig = join(credentials.directory, `${name}.kubeconfig`)
    credentials.writeKubeconfig(`system:${name}`, kubeconfig)
    startComponent(state, netns, name, [binaries[name], ...flags({ kubeconfig, ...rows })])
  }
}

/** A dead node is noticed after 20 s instead of 50; no client-side limits, so that a cluster is usable at once. */
const controllerFlags = (credentials: Credentials): Record<string, Options> => ({
  'kube-controller-manager': {
    'use-service-account-credentials': true,
    'root-ca-file': credentials.caFile,
    'service-account-private-key-file': credentials.signingKey,
    'leader-elect': false,
    'bind-address': '127.0.0.1',
    'kube-api-qps': 200,
    'kube-api-burst': 400,
    'node-monitor-grace-period': '20s',
    'node-monitor-period': '2s',
    'allocate-node-cidrs': false,
    'service-cluster-ip-range': serviceRanges,
    'cert-dir': join(credentials.directory, 'controller-manager-certificates'),
  },
  'kube-scheduler': {
    'leader-elect': false,
    'bind-address': '127.0.0.1',
    'cert-dir': join(credentials.directory, 'scheduler-certificates'),
  },
})

function startComponent(state: LabState, netns: string, name: string, argv: readonly string[]): LabProcess {
  const log = { directory: join(state.directory, 'logs'), name }
  return start(inNetns(netns, argv), { log, journal: state.journal })
}

/** The default namespace comes from a loop of the API server that /readyz does not wait for. */
async function ready(api: Api, processes: readonly LabProcess[]): Promise<void> {
  let ended: LabProcess | undefined
  const answer = until(
    'the API server',
    async () => {
      ended = processes.find((process) => !isAlive(process))
      if (ended) return true
      await api.call('GET', '/readyz')
      await api.call('GET', '/api/v1/namespaces/default')
      return true
    },
    { timeoutMillis: readyTimeoutMillis },
  )
  await answer
  if (ended) throw new Error(`a process of the control plane ended: ${ended.output().slice(-2000)}`)
}
