// A cluster whose speakers announce many addresses: nodes without kubelets, our own processes, and a client on the LAN.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ipAddressPools, l2Advertisements } from '../../crds/generated/resources.ts'
import { FastLab } from '../../hack/lab/fast.ts'
import { namespace } from '../../hack/lab/metallb.ts'
import { createClient, type KubeClient } from '../../kube/client.ts'
import { endpointSlices, services } from '../../kube/core.ts'
import { fromKubeconfig } from '../../kube/kubeconfig.ts'
import { createTransport } from '../../kube/transport.ts'
import { watchAddresses } from '../allocation/address-watch.ts'
import { pool, service } from '../allocation/objects.ts'
import { announceSpeakerPod, build, type Daemon, installManifests, startDaemon } from '../slice/fixture.ts'

export interface Layer2Site {
  readonly lab: FastLab
  readonly client: KubeClient
  readonly controller: Daemon
  /** Running ones, by node number. */
  readonly speakers: Map<number, Daemon>
  startSpeaker(node: number, flags?: readonly string[]): Promise<void>
  /** Services `NAME-0` and so on, with two endpoints each; resolves when each has an address. */
  serve(name: string, count: number, poolName?: string): Promise<void>
}

export interface SiteOptions {
  readonly nodes: number
  /** Pools by name: their addresses, and what their L2Advertisement says besides. */
  readonly pools: Readonly<Record<string, { addresses: string; advertisement?: object }>>
  readonly speakerFlags?: readonly string[]
}

export const memberListPort = 7946
const writers = 8
/** Fewer counts of ClusterIPs: see bench/README.md. */
const apiServerFlags = { 'emulated-version': '1.32' }

/** All speakers are ready when `use` is called. */
export async function atLayer2Site<T>(options: SiteOptions, use: (site: Layer2Site) => Promise<T>): Promise<T> {
  await build()
  const secretDirectory = mkdtempSync(join(tmpdir(), 'memberlist-'))
  const { nodes, speakerFlags = [] } = options
  const lab = await FastLab.start({ nodes, apiServerFlags })
  try {
    await installManifests(lab)
    const client = createClient(createTransport(await fromKubeconfig(lab.kubeconfig)))
    for (const [name, { addresses, advertisement = {} }] of Object.entries(options.pools)) {
      await client.create(ipAddressPools, pool(name, addresses))
      await client.create(l2Advertisements, {
        metadata: { name, namespace },
        spec: { ipAddressPools: [name], ...advertisement },
      })
    }
    writeFileSync(join(secretDirectory, 'secretkey'), 'the secret of a bench')
    const speakers = new Map<number, Daemon>()
    const site: Layer2Site = {
      lab,
      client,
      speakers,
      controller: await startDaemon(lab, 'controller'),
      async startSpeaker(node, flags = speakerFlags) {
        const env = {
          METALLB_ML_BIND_ADDR: lab.node(node).address.v4,
          METALLB_ML_BIND_PORT: `${memberListPort}`,
          METALLB_ML_LABELS: 'app=metallb,component=speaker',
          METALLB_ML_SECRET_KEY_PATH: secretDirectory,
        }
        speakers.set(node, await startDaemon(lab, 'speaker', node, { env, flags }))
      },
      serve: (name, count, poolName) => serve(client, name, count, poolName),
    }
    for (let node = 1; node <= nodes; node++) await announceSpeakerPod(lab, node)
    for (let node = 1; node <= nodes; node++) await site.startSpeaker(node)
    await Promise.all([site.controller, ...speakers.values()].map((daemon) => daemon.ready()))
    const result = await use(site)
    await Promise.all([client.close(), site.controller.stop(), ...[...speakers.values()].map((each) => each.stop())])
    return result
  } finally {
    await lab.stop()
    rmSync(secretDirectory, { recursive: true })
  }
}

async function serve(client: KubeClient, name: string, count: number, poolName?: string): Promise<void> {
  const addresses = await watchAddresses(client)
  const indexes = Array.from({ length: count }, (_, index) => index).values()
  const write = async () => {
    for (const index of indexes) {
      await client.create(endpointSlices, endpointSlice(`${name}-${index}`))
      await client.create(services, service(`${name}-${index}`, poolName))
    }
  }
  await Promise.all(Array.from({ length: writers }, write))
  const all = () => Array.from({ length: count }, (_, index) => addresses.addressOf(`${name}-${index}`)).every(Boolean)
  await addresses.until(`${count} addresses`, () => addresses.arrivals.length >= count && all(), 300_000)
  await addresses.close()
}

function endpointSlice(name: string) {
  const endpoint = (node: number) => ({
    addresses: [`10.244.${node}.10`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `n${node}`,
    targetRef: { kind: 'Pod', namespace: 'default', name: `${name}-${node}` },
  })
  return {
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    endpoints: [endpoint(1), endpoint(2)],
  }
}
