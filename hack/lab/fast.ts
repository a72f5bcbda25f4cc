import { join } from 'node:path'
import type { Api } from './api.ts'
import { fastLabBinaries, requireBinaries } from './binaries.ts'
import { apiPort, type Options, startApiServer } from './control-plane.ts'
import { createHost, type Host, type HostProcessOptions, startOn } from './host.ts'
import { type Foundation, type Lab, type LabOptions, nodeNames, numbered, requirePossible, startLab } from './lab.ts'
import { inNetns } from './network.ts'
import type { LabProcess } from './processes.ts'
import { withServiceAccount, writeServiceAccount } from './service-account.ts'

export interface FastNodeProcessOptions extends HostProcessOptions {
  /** From `serviceAccountDirectory`: the process finds it where a pod does, and the API server in its environment. */
  readonly serviceAccount?: string
}

/** A node of the fast lab: an interface on the LAN and a Node object that is Ready, no kubelet. */
export interface FastNode extends Host {
  spawn(argv: readonly string[], options?: FastNodeProcessOptions): LabProcess
}

/**
 * A real API server with nodes that are only network namespaces: two to five seconds to start, for tests of our own
 * processes, which run straight in them. There are no controllers and no kubelets: pods do not run, nobody makes
 * EndpointSlices, deleted namespaces stay Terminating.
 */
export interface FastLab extends Lab {
  readonly nodes: readonly FastNode[]
  /** Nodes count from 1. */
  node(number: number): FastNode
  /** What a process needs in its environment to find the API server as a pod does. */
  readonly clusterEnvironment: Readonly<Record<string, string>>
  /** Makes the ServiceAccount (and namespace) if need be, and a directory with its token, ca.crt and namespace. */
  serviceAccountDirectory(namespace: string, name: string): Promise<string>
}

export interface FastLabOptions extends Partial<LabOptions> {
  readonly apiServerFlags?: Options
}

const defaultNodes = 2

export const FastLab = {
  /** @param apiServerFlags added to those that every lab's API server has */
  async start({ apiServerFlags = {}, ...options }: FastLabOptions = {}): Promise<FastLab> {
    requirePossible(options)
    const binaries = await requireBinaries(fastLabBinaries, options.log)
    const { kubectl } = binaries
    return startLab({ kind: 'fast', nodes: defaultNodes, kubectl, ...options }, async (foundation) => {
      const api = await startApiServer(foundation, { binaries, withControllers: false, apiServerFlags })
      const { state, credentials, lab } = foundation
      const clusterEnvironment = {
        KUBERNETES_SERVICE_HOST: lab.addresses.controlPlane.v4,
        KUBERNETES_SERVICE_PORT: String(apiPort),
      }
      const nodes = nodeNames(state.nodes).map((name) => createNode(foundation, name, clusterEnvironment))
      await Promise.all(nodes.map((node) => createReadyNode(api, node)))
      return {
        nodes,
        node: (number: number) => numbered(nodes, number),
        clusterEnvironment,
        serviceAccountDirectory: (namespace: string, name: string) => {
          const directory = join(state.directory, 'service-accounts', namespace, name)
          return writeServiceAccount(api, { namespace, name }, { directory, caFile: credentials.caFile })
        },
      }
    })
  },
}

function createNode({ state, network }: Foundation, name: string, clusterEnvironment: NodeJS.ProcessEnv): FastNode {
  const host = createHost(state, network, network.station(name))
  return {
    ...host,
    spawn: (argv, { serviceAccount, ...options } = {}) => {
      if (!serviceAccount) return host.spawn(argv, options)
      const inside = inNetns(host.netns, withServiceAccount(serviceAccount, argv))
      const env = { ...(options.env ?? process.env), ...clusterEnvironment }
      return startOn(state, host, inside, { name: 'pod', ...options, env })
    },
  }
}

async function createReadyNode(api: Api, { name, address }: Host): Promise<void> {
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' }
  const created = await api.call<object>('POST', '/api/v1/nodes', { metadata: { name, labels } })
  const now = new Date().toISOString()
  const ready = { type: 'Ready', status: 'True', reason: 'FastLab', message: 'a node without a kubelet' }
  await api.call('PUT', `/api/v1/nodes/${name}/status`, {
    ...created,
    status: {
      addresses: [
        { type: 'InternalIP', address: address.v4 },
        { type: 'InternalIP', address: address.v6 },
        { type: 'Hostname', address: name },
      ],
      conditions: [{ ...ready, lastHeartbeatTime: now, lastTransitionTime: now }],
    },
  })
}
