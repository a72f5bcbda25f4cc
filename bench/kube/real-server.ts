// A real API server with Services and EndpointSlices in it.
import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { FastLab } from '../../hack/lab/fast.ts'
import { createClient, type KubeClient } from '../../kube/client.ts'
import { endpointSlices, namespaces, services } from '../../kube/core.ts'
import { fromKubeconfig } from '../../kube/kubeconfig.ts'
import type { KubeObject } from '../../kube/object.ts'
import { createTransport } from '../../kube/transport.ts'
import type { WatchedServer } from './measurement.ts'
import { endpointSlice, service } from './objects.ts'

const inFlight = 16

/** Calls `use` with a server that holds `count` of each. */
export async function withRealServer<T>(count: number, use: (server: WatchedServer) => Promise<T>): Promise<T> {
  const lab = await FastLab.start({ nodes: 1 })
  try {
    const { url, tls, credentials } = await fromKubeconfig(lab.kubeconfig)
    const client = createClient(createTransport({ url, tls, credentials }))
    await fill(client, count)
    await client.close()
    const token = (await credentials.authorization())?.replace('Bearer ', '') ?? ''
    return await use({ url: url.href, ca: String(tls.ca), token })
  } finally {
    await lab.stop()
  }
}

async function fill(client: KubeClient, count: number): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index)
  const names = [...new Set(indexes.map((index) => service(index, 0).metadata['namespace'] as string))]
  await Promise.all(names.map((name) => client.create(namespaces, { metadata: { name } })))
  const left = indexes.values()
  const worker = async () => {
    for (const index of left) await createBoth(client, index)
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

async function createBoth(client: KubeClient, index: number): Promise<void> {
  const { spec, ...made } = asNew<V1Service>(service(index, 0))
  const ports = (spec?.ports ?? []).map(({ nodePort: _, ...port }) => port)
  // A cluster has fewer node ports than this has Services.
  const created = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, selector: spec?.selector ?? {}, ports }
  await client.create(services, { ...made, spec: created })
  await client.create(endpointSlices, asNew<V1EndpointSlice>(endpointSlice(index, 0)))
}

/** Without what only the server may set, and without the owner, which is another object there. */
function asNew<T extends KubeObject>(object: object): T {
  const made = object as T
  const { namespace = '', name = '', labels = {}, annotations = {} } = made.metadata ?? {}
  return { ...made, metadata: { namespace, name, labels, annotations } }
}
