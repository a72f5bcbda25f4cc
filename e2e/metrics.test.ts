import { expect } from 'chai'
import type { Listening } from '../daemon/http.ts'
import { createMetrics } from '../daemon/metrics.ts'
import { startMetricsServer } from '../daemon/metrics-server.ts'
import { recordingLogger } from '../daemon/testing/recording-logger.ts'
import { ask } from '../daemon/testing/request.ts'
import { FastLab } from '../hack/lab/fast.ts'
import { createClient, type KubeClient } from '../kube/client.ts'
import { systemClock } from '../kube/clock.ts'
import { fromKubeconfig } from '../kube/kubeconfig.ts'
import { createTransport } from '../kube/transport.ts'

describe('metrics that a real API server guards', function () {
  this.timeout(60_000)
  let lab: FastLab
  let client: KubeClient
  let server: Listening

  before(async () => {
    lab = await FastLab.start({ nodes: 1 })
    client = createClient(createTransport(await fromKubeconfig(lab.kubeconfig)))
    const { log } = recordingLogger()
    const tls = { minVersion: 'TLSv1.3', ignored: [] } as const
    const place = { host: '127.0.0.1', port: 0, secure: true, certificateDirectory: '' }
    server = await startMetricsServer({ ...place, tls, client, registry: createMetrics(), clock: systemClock, log })
    await lab.kubectl(['create', 'clusterrole', 'metrics-reader', '--verb=get', '--non-resource-url=/metrics'])
    for (const account of ['prometheus', 'visitor']) await lab.kubectl(['create', 'serviceaccount', account])
    const subject = '--serviceaccount=default:prometheus'
    await lab.kubectl(['create', 'clusterrolebinding', 'prometheus', '--clusterrole=metrics-reader', subject])
  })
  after(async () => {
    await server?.close()
    await client?.close()
    await lab?.stop()
  })

  const tokenOf = async (account: string) => (await lab.kubectl(['create', 'token', account])).trim()
  const scrape = (token: string) =>
    ask(`https://127.0.0.1:${server.port}/metrics`, { headers: { authorization: `Bearer ${token}` } })

  it('are read by a service account that may', async () => {
    const { status, body } = await scrape(await tokenOf('prometheus'))
    expect(status).to.equal(200)
    expect(body).to.include('process_cpu_seconds_total')
  })

  it('are refused to a service account that may not', async () => {
    expect((await scrape(await tokenOf('visitor'))).status).to.equal(403)
  })

  it('are refused to a token that the API server did not issue', async () => {
    expect((await scrape('eyJhbGciOiJub25lIn0.e30.')).status).to.equal(401)
  })
})
