// The process that is measured: watches Services and EndpointSlices as a speaker does, and reports on standard output.
import { readFileSync } from 'node:fs'
import type { V1EndpointSlice } from '@kubernetes/client-node'
import { createClient } from '../../kube/client.ts'
import { endpointSlices, services } from '../../kube/core.ts'
import { reflect } from '../../kube/reflector.ts'
import { silentLog as log } from '../../kube/testing/silent-log.ts'
import { createTransport } from '../../kube/transport.ts'
import { keepEndpointSlice, keepService, serviceNameLabel } from '../../speaker/transforms.ts'
import type { Report } from './measurement.ts'

const { API_URL = '', API_CA = '', API_SERVERNAME, API_TOKEN = 'none', CHANGES = '0' } = process.env
const settleMillis = 2_000

const report = (line: Report): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

function cpuMillis(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function residentMegabytes(): number {
  const [, kibibytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kibibytes) / 1024
}

const client = createClient(
  createTransport({
    url: new URL(API_URL),
    tls: { ca: API_CA, ...(API_SERVERNAME ? { servername: API_SERVERNAME } : {}) },
    credentials: { authorization: () => `Bearer ${API_TOKEN}`, forget() {} },
  }),
)
const service = (slice: V1EndpointSlice): string[] => [slice.metadata?.labels?.[serviceNameLabel] ?? '']
const watched = [
  reflect(client, services, { log, transform: keepService }),
  reflect(client, endpointSlices, { log, transform: keepEndpointSlice, indexes: { service } }),
]

function changes(wanted: number): Promise<void> {
  let seen = 0
  return new Promise((resolve) => {
    const count = () => {
      seen += 1
      if (seen === wanted) resolve()
    }
    for (const { store } of watched) store.subscribe(count)
  })
}

async function main(): Promise<void> {
  const started = performance.now()
  for (const reflector of watched) reflector.start()
  await Promise.all(watched.map((reflector) => reflector.synced()))
  const syncMillis = performance.now() - started
  const before = cpuMillis()
  const changed = changes(Number(CHANGES))
  report({ kind: 'synced', syncMillis, objects: watched.map(({ store }) => store.size) })
  if (CHANGES !== '0') await changed
  const spent = cpuMillis() - before
  await new Promise((resolve) => setTimeout(resolve, settleMillis))
  report({ kind: 'done', cpuMillis: spent, residentMegabytes: residentMegabytes() })
  await Promise.all(watched.map((reflector) => reflector.stop()))
  await client.close()
}

void main()
