// The process that is measured: our controller as its container runs it, or another allocator.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { nodeEnvironment, nodeFlags } from '../../cdk8s/runtime.ts'
import { namespace } from '../../hack/lab/metallb.ts'
import { until } from '../../hack/lab/wait.ts'
import type { ForeignAllocator } from '../options.ts'
import { cpuMillis, residentMegabytes } from './process-cost.ts'
import { samplesOf } from './prometheus.ts'
import type { Site } from './site.ts'

export interface Allocator {
  cpuMillis(): number
  residentMegabytes(): number
  /** Resolves when it says that it is ready; undefined when it has no way to say so. */
  readonly ready: (() => Promise<void>) | undefined
  /** How often it has looked at a Service; MetalLB's metric and ours. */
  passes(): Promise<number>
  stop(): Promise<void>
}

const bundle = join(import.meta.dirname, '../../build/bin/controller.cjs')
const ports = { metrics: 9120, health: 17_472 }
const askReadyEveryMillis = 10
const readyWithinMillis = 120_000

/** What the kubelet tells a pod of the Deployment. */
const podEnvironment = {
  ...nodeEnvironment,
  METALLB_NAMESPACE: namespace,
  METALLB_POD_NAME: 'controller-bench',
  METALLB_DEPLOYMENT: 'controller',
  METALLB_ML_SECRET_NAME: 'memberlist',
}

export async function startAllocator(site: Site, foreign: ForeignAllocator | undefined): Promise<Allocator> {
  const { lab } = site
  const { v4: host } = lab.node(1).address
  const readyUrl = foreign ? foreign.readyUrl : `http://${host}:${ports.health}/readyz`
  const metricsUrl = foreign ? foreign.metricsUrl : `https://${host}:${ports.metrics}/metrics`
  const token = (await lab.kubectl(['config', 'view', '--raw', '-o', 'jsonpath={.users[0].user.token}'])).trim()
  const running = foreign ? spawnForeign(site, foreign) : spawnOurs(site)
  const answers = async (url: string) => (await get(url)).status === 200
  return {
    cpuMillis: () => cpuMillis(running.pid),
    residentMegabytes: () => residentMegabytes(running.pid),
    ready:
      readyUrl === undefined
        ? undefined
        : async () => {
            const patience = { timeoutMillis: readyWithinMillis, intervalMillis: askReadyEveryMillis }
            await until('the allocator is ready', () => answers(readyUrl), patience)
          },
    async passes() {
      if (metricsUrl === undefined) throw new Error('no --allocator-metrics was given')
      const { status, body } = await get(metricsUrl, { authorization: `Bearer ${token}` })
      if (status !== 200) throw new Error(`${metricsUrl} answers ${status}: ${body}`)
      return [...samplesOf('metallb_k8s_client_updates_total', body)].reduce((sum, { value }) => sum + value, 0)
    },
    stop: async () => void (await running.stop()),
  }
}

function spawnOurs({ lab, serviceAccount }: Site) {
  const flags = [`--port=${ports.metrics}`, `--health-probe-port=${ports.health}`, '--log-level=info']
  const argv = [process.execPath, ...nodeFlags.controller, bundle, ...flags, '--webhook-mode=disabled']
  return lab.node(1).spawn(argv, { serviceAccount, env: { ...process.env, ...podEnvironment }, name: 'allocator' })
}

function spawnForeign({ lab }: Site, { command }: ForeignAllocator) {
  const env = { ...process.env, ...podEnvironment, ...lab.clusterEnvironment, KUBECONFIG: lab.kubeconfig }
  return lab.node(1).spawn(['sh', '-c', `exec ${command}`], { env, name: 'allocator' })
}

function get(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  const options = { headers, agent: false, rejectUnauthorized: false, timeout: 5_000 } as const
  return new Promise((resolve, reject) => {
    const outgoing = url.startsWith('https:') ? httpsRequest(url, options) : httpRequest(url, options)
    outgoing.once('response', (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body })).once('error', reject)
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')))
    outgoing.once('error', reject).end()
  })
}
