import { ipAddressPools } from '../../crds/generated/resources.ts'
// A cluster with one large pool, the bench's own client, and its watch of the Services.
import { FastLab } from '../../hack/lab/fast.ts'
import { namespace } from '../../hack/lab/metallb.ts'
import { createClient, type KubeClient } from '../../kube/client.ts'
import { fromKubeconfig } from '../../kube/kubeconfig.ts'
import { createTransport, type Endpoint } from '../../kube/transport.ts'
import { build, installManifests } from '../slice/fixture.ts'
import { type AddressWatch, watchAddresses } from './address-watch.ts'
import { pool } from './objects.ts'

export interface Site {
  readonly lab: FastLab
  readonly client: KubeClient
  readonly addresses: AddressWatch
  /** What the kubelet mounts into the controller's pod. */
  readonly serviceAccount: string
}

/**
 * Since Kubernetes 1.33 an API server counts all its ClusterIPs at each create, for a metric: with 10,000 Services most
 * of its time would go there, and a burst would tell nothing of the allocator. As 1.32 it has a bitmap of them.
 */
const apiServerFlags = { 'emulated-version': '1.32' }

export async function atSite<T>(use: (site: Site) => Promise<T>): Promise<T> {
  await build()
  const lab = await FastLab.start({ nodes: 1, apiServerFlags })
  try {
    await installManifests(lab)
    const client = createClient(createTransport(await leanEndpoint(lab.kubeconfig)))
    await client.create(ipAddressPools, pool('first', '10.200.0.0/16'))
    const addresses = await watchAddresses(client)
    const serviceAccount = await lab.serviceAccountDirectory(namespace, 'controller')
    const result = await use({ lab, client, addresses, serviceAccount })
    await Promise.all([addresses.close(), client.close()])
    return result
  } finally {
    await lab.stop()
  }
}

/** client-node spends 10 ms of CPU on each request's credentials; the lab's never change. */
async function leanEndpoint(kubeconfig: string): Promise<Endpoint> {
  const endpoint = await fromKubeconfig(kubeconfig)
  const header = await endpoint.credentials.authorization()
  return { ...endpoint, credentials: { authorization: () => header, forget() {} } }
}
