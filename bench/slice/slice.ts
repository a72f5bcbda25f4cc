import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Cluster } from '../../hack/lab/cluster.ts'
import { mustRun } from '../../hack/lab/command.ts'
import { FastLab } from '../../hack/lab/fast.ts'
import { connect } from '../../kube/client.ts'
import { services } from '../../kube/core.ts'
import { silentLog } from '../../kube/testing/silent-log.ts'
import { type Benchmark, type BenchRow, benchRow } from '../row.ts'
import { announceSpeakerPod, apply, build, install, startDaemon } from './fixture.ts'
import { startProber } from './prober.ts'

const root = join(import.meta.dirname, '../..')
const millisBetween = (begin: bigint, end: bigint): number => Number(end - begin) / 1e6

async function measureImage(): Promise<BenchRow> {
  await build()
  const report = await mustRun([process.execPath, join(root, 'hack/image/main.ts'), '-o', 'json'])
  const { file }: { file: string } = JSON.parse(report)
  return benchRow({ name: 'image-mb', unit: 'MB', budget: 45, runs: [statSync(file).size / 1e6] })
}

async function measureLabStart(): Promise<BenchRow> {
  const runs: number[] = []
  for (let run = 0; run < 3; run += 1) {
    const begin = process.hrtime.bigint()
    const lab = await Cluster.start({ nodes: 3 })
    runs.push(millisBetween(begin, process.hrtime.bigint()) / 1000)
    await lab.stop()
  }
  return benchRow({ name: 'lab-start-s', unit: 's', budget: 10, runs })
}

async function inFastLab<T>(use: (lab: FastLab) => Promise<T>): Promise<T> {
  await build()
  const lab = await FastLab.start({ nodes: 1 })
  try {
    await install(lab)
    await announceSpeakerPod(lab)
    return await use(lab)
  } finally {
    await lab.stop()
  }
}

/** From the start of the speaker's process to the first 200 of its readiness: caches synced, sockets open. */
const measureStart = (): Promise<BenchRow> =>
  inFastLab(async (lab) => {
    const prober = await startProber(lab.node(1).netns, 'ready-prober.ts')
    const runs: number[] = []
    for (let run = 0; run < 5; run += 1) {
      const begin = process.hrtime.bigint()
      const speaker = await startDaemon(lab, 'speaker')
      runs.push(millisBetween(begin, await prober.ask(`http://127.0.0.1:${speaker.healthPort}/readyz`)))
      await speaker.stop()
    }
    await prober.stop()
    return benchRow({ name: 'start-ms', unit: 'ms', budget: 500, runs })
  })

const serviceManifest = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
})

const endpointSliceManifest = (name: string) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ port: 80 }],
  endpoints: [{ addresses: ['10.244.1.10'], conditions: { ready: true }, nodeName: 'n1' }],
})

/** From the request that creates a Service to the first ARP reply for its address; nothing else goes on. */
const measureFirstAnswer = (): Promise<BenchRow> =>
  inFastLab(async (lab) => {
    const names = Array.from({ length: 20 }, (_, index) => `web-${index}`)
    await apply(lab, names.map(endpointSliceManifest))
    const daemons = [await startDaemon(lab, 'controller'), await startDaemon(lab, 'speaker')]
    const ready = await startProber(lab.node(1).netns, 'ready-prober.ts')
    for (const { healthPort } of daemons) await ready.ask(`http://127.0.0.1:${healthPort}/readyz`)
    const prober = await startProber(lab.client.netns, 'arp-prober.ts', 'eth0', lab.client.address.v4)
    process.env['KUBECONFIG'] = lab.kubeconfig
    const client = await connect({ log: silentLog })
    const runs: number[] = []
    for (const [index, name] of names.entries()) {
      const begin = process.hrtime.bigint()
      const answered = prober.ask(lab.addresses.vip(index).v4)
      await client.create(services, serviceManifest(name))
      runs.push(millisBetween(begin, await answered))
    }
    await Promise.all([client.close(), prober.stop(), ready.stop(), ...daemons.map((daemon) => daemon.stop())])
    return benchRow({ name: 'first-answer-ms', unit: 'ms', budget: 60, runs })
  })

export const sliceBenchmarks: Benchmark[] = [
  { name: 'image-mb', unit: 'MB', run: measureImage },
  { name: 'start-ms', unit: 'ms', run: measureStart },
  { name: 'lab-start-s', unit: 's', run: measureLabStart },
  { name: 'first-answer-ms', unit: 'ms', run: measureFirstAnswer },
]
