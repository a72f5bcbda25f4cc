import type { DualStack } from './addresses.ts'
import type { Api } from './api.ts'
import { binaryNames, requireBinaries } from './binaries.ts'
import { requireHierarchies } from './cgroups.ts'
import { startApiServer, startControllers } from './control-plane.ts'
import { labImages, ourImages } from './images.ts'
import { type Lab, type LabOptions, nodeNames, numbered, requirePossible, startLab } from './lab.ts'
import { createNode, type LabNode } from './node.ts'
import type { ProxyMode } from './node-config.ts'
import { requirePlainPath } from './state.ts'
import { until } from './wait.ts'

export interface ClusterOptions extends LabOptions {
  /** OCI image tars for every node, besides the lab's own. Default: the project's image when it is built. */
  readonly images?: readonly string[]
  /** Default: nftables. */
  readonly proxyMode?: ProxyMode
}

/** A whole Kubernetes cluster, dual stack: pods run, Services work, nodes can be cut off and switched off. */
export interface Cluster extends Lab {
  readonly nodes: readonly LabNode[]
  /** Nodes count from 1. */
  node(number: number): LabNode
  /** Puts an image (a tar) on every node. */
  loadImage(tar: string): Promise<void>
}

const defaultNodes = 3

export const Cluster = {
  async start(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
    requirePossible(options)
    requireHierarchies()
    const binaries = await requireBinaries(binaryNames, options.log)
    for (const binary of [binaries.kubelet, binaries['kube-proxy']])
      requirePlainPath(binary, 'set XDG_CACHE_HOME to another directory')
    const images = [...labImages(), ...(options.images ?? ourImages())]
    const { kubectl } = binaries
    return startLab({ kind: 'cluster', nodes: defaultNodes, kubectl, ...options }, async (foundation) => {
      const { state, lab, log } = foundation
      const api = await startApiServer(foundation, { binaries, withControllers: true })
      startControllers(foundation, binaries)
      const { proxyMode = 'nftables' } = options
      const tools = { ...binaries, proxyMode, isReady: (node: string, since: Date) => isReady(api, node, since) }
      const nodes = await Promise.all(
        nodeNames(state.nodes).map(async (name, i) => {
          await createNodeObject(api, name, lab.addresses.podSubnet(i + 1))
          return createNode(foundation, i + 1, tools)
        }),
      )
      const loadImage = async (tar: string) => {
        await Promise.all(nodes.map((node) => node.loadImage(tar)))
      }
      for (const image of images) await loadImage(image)
      log(`images ${images.length} on ${nodes.length} nodes`)
      await Promise.all(nodes.map((node) => node.ready()))
      await defaultServiceAccount(api)
      log('all nodes Ready')
      return { nodes, node: (number: number) => numbered(nodes, number), loadImage }
    })
  },
}

/** Made before the kubelet comes, so that the pod subnet is ours to choose; the kubelet adopts the object. */
async function createNodeObject(api: Api, name: string, { v4, v6 }: DualStack): Promise<void> {
  await api.call('POST', '/api/v1/nodes', {
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: { podCIDR: v4, podCIDRs: [v4, v6] },
  })
}

interface NodeStatus {
  readonly status: { readonly conditions?: readonly { type: string; status: string }[] }
}

interface Lease {
  readonly spec: { readonly renewTime: string }
}

/** The node's lease tells that its kubelet lives; the Ready condition of a dead one stays true for a while. */
async function isReady(api: Api, name: string, since: Date): Promise<boolean> {
  const lease = await api.call<Lease>('GET', `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`)
  if (new Date(lease.spec.renewTime) < since) return false
  const { status } = await api.call<NodeStatus>('GET', `/api/v1/nodes/${name}`)
  return status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false
}

/** Pods are refused before it is there. */
async function defaultServiceAccount(api: Api): Promise<void> {
  await until(
    'the default ServiceAccount',
    () => api.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'),
    {
      timeoutMillis: 60_000,
    },
  )
}
