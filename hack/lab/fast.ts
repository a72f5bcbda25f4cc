import { join } from 'node:path'
import { addressesOf, type LabAddresses } from './addresses.ts'
import type { Api } from './api.ts'
import { requireBinaries } from './binaries.ts'
import { type CommandOptions, mustRun } from './command.ts'
import { apiPort, startApiServer } from './control-plane.ts'
import { createCredentials } from './credentials.ts'
import { createHost, type Host, type HostProcessOptions, startOn } from './host.ts'
import { buildNetwork, inNetns, type LabNetwork } from './network.ts'
import type { LabProcess } from './processes.ts'
import { withServiceAccount, writeServiceAccount } from './service-account.ts'
import { claim, type LabState } from './state.ts'
import { teardown } from './teardown.ts'

export interface FastLabOptions {
  /** Default 2. */
  readonly nodes?: number
  /** Default: random. */
  readonly name?: string
  /** The lab outlives this process, until somebody takes it down. Default false. */
  readonly keep?: boolean
  readonly log?: (line: string) => void
}

export interface FastNodeProcessOptions extends HostProcessOptions {
  /** From `serviceAccountDirectory`: the process finds it where a pod does, and the API server in its environment. */
  readonly serviceAccount?: string
}

/** A node of the fast lab: an interface on the LAN and a ready Node object, no kubelet. */
export interface FastNode extends Host {
  spawn(argv: readonly string[], options?: FastNodeProcessOptions): LabProcess
}

/**
 * A real API server with nodes that are only network namespaces: 5 s to start, for tests of our own processes, which
 * run straight in them. There are no controllers and no kubelets: pods do not run, namespaces are never quite gone.
 */
export class FastLab {
  readonly name: string
  readonly addresses: LabAddresses
  readonly kubeconfig: string
  readonly nodes: readonly FastNode[]
  readonly client: Host
  readonly router: Host
  /** What a process needs in its environment to find the API server as a pod does. */
  readonly clusterEnvironment: Readonly<Record<'KUBERNETES_SERVICE_HOST' | 'KUBERNETES_SERVICE_PORT', string>>
  readonly #state: LabState
  readonly #kubectl: string
  readonly #api: Api
  readonly #caFile: string

  static async start(options: FastLabOptions = {}): Promise<FastLab> {
    const { nodes = 2, name, keep = false, log = () => {} } = options
    const binaries = await requireBinaries(['etcd', 'kube-apiserver', 'kubectl'])
    const state = claim({ name, kind: 'fast', nodes, keep })
    try {
      const addresses = addressesOf(state.index)
      const network = await buildNetwork(state.prefix, nodes, addresses)
      log(`network ${addresses.subnet.v4}, ${addresses.subnet.v6}`)
      const address = addresses.controlPlane.v4
      const credentials = createCredentials(join(state.directory, 'cp'), `https://${address}:${apiPort}`, [])
      const kubeconfig = join(state.directory, 'kubeconfig')
      credentials.writeKubeconfig('admin', kubeconfig)
      const netns = stationOf(network, 'cp').netns
      const api = await startApiServer({ state, netns, address, credentials, binaries, withControllers: false })
      log(`API server ${api.server}`)
      const lab = new FastLab(state, network, {
        addresses,
        kubeconfig,
        kubectl: binaries.kubectl,
        api,
        caFile: credentials.caFile,
      })
      await Promise.all(lab.nodes.map((node) => createReadyNode(api, node)))
      return lab
    } catch (error) {
      await teardown(state)
      throw error
    }
  }

  private constructor(
    state: LabState,
    network: LabNetwork,
    parts: { addresses: LabAddresses; kubeconfig: string; kubectl: string; api: Api; caFile: string },
  ) {
    this.name = state.name
    this.addresses = parts.addresses
    this.kubeconfig = parts.kubeconfig
    this.client = createHost(state, network, 'client')
    this.router = createHost(state, network, 'router')
    this.clusterEnvironment = {
      KUBERNETES_SERVICE_HOST: parts.addresses.controlPlane.v4,
      KUBERNETES_SERVICE_PORT: String(apiPort),
    }
    this.#state = state
    this.#kubectl = parts.kubectl
    this.#api = parts.api
    this.#caFile = parts.caFile
    this.nodes = Array.from({ length: state.nodes }, (_, i) => this.#createNode(network, `n${i + 1}`))
  }

  #createNode(network: LabNetwork, name: string): FastNode {
    const host = createHost(this.#state, network, name)
    let pods = 0
    const spawn = (argv: readonly string[], options: FastNodeProcessOptions = {}): LabProcess => {
      const { serviceAccount, env = process.env, name: logName = 'process', ...rest } = options
      if (!serviceAccount) return host.spawn(argv, options)
      const inside = inNetns(host.netns, withServiceAccount(serviceAccount, argv))
      const podOptions = { ...rest, name: `pod-${logName}`, env: { ...env, ...this.clusterEnvironment } }
      return startOn(this.#state, host, inside, podOptions, ++pods)
    }
    return { ...host, spawn }
  }

  /** Nodes count from 1. */
  node(number: number): FastNode {
    const node = this.nodes[number - 1]
    if (!node) throw new RangeError(`the lab has ${this.nodes.length} nodes, not a node ${number}`)
    return node
  }

  kubectl(argv: readonly string[], options?: CommandOptions): Promise<string> {
    return mustRun([this.#kubectl, `--kubeconfig=${this.kubeconfig}`, ...argv], options)
  }

  /** Makes the ServiceAccount (and namespace) if need be, and a directory with its token, ca.crt and namespace. */
  serviceAccountDirectory(namespace: string, name: string): Promise<string> {
    const directory = join(this.#state.directory, 'service-accounts', namespace, name)
    return writeServiceAccount(this.#api, { namespace, name }, { directory, caFile: this.#caFile })
  }

  async stop(): Promise<void> {
    await teardown(this.#state)
  }
}

function stationOf(network: LabNetwork, name: string) {
  const station = network.stations.get(name)
  if (!station) throw new Error(`the lab has no ${name}`)
  return station
}

async function createReadyNode(api: Api, { name, address }: Host): Promise<void> {
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' }
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } }
  const now = new Date().toISOString().replace(/\.\d+/, '')
  const times = { lastHeartbeatTime: now, lastTransitionTime: now }
  const created = await api.call<object>('POST', '/api/v1/nodes', node)
  await api.call('PUT', `/api/v1/nodes/${name}/status`, {
    ...created,
    status: {
      addresses: [
        { type: 'InternalIP', address: address.v4 },
        { type: 'InternalIP', address: address.v6 },
        { type: 'Hostname', address: name },
      ],
      conditions: [{ type: 'Ready', status: 'True', reason: 'LabNode', message: 'a node of the fast lab', ...times }],
    },
  })
}
