import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { until } from '../hack/lab/wait.ts'
import { FaultyServer } from '../kube/testing/faulty-server.ts'

/** The grace period of a speaker's pod is 2 s. */
const budgetMillis = 2_000
const root = join(import.meta.dirname, '..')
const withoutServers = ['--port=0', '--health-probe-port=0']
const programs: Record<string, string[]> = {
  controller: ['--namespace=metallb-system', '--ml-secret-name=', ...withoutServers],
  'controller that makes a secret first': ['--namespace=metallb-system', '--ml-secret-name=key', ...withoutServers],
  speaker: ['--namespace=metallb-system', '--node-name=n1', ...withoutServers],
  operator: ['--port=0'],
}

describe('a process whose API server does not answer', function () {
  this.timeout(20_000)
  let server: FaultyServer
  let directory: string
  let child: ChildProcess | undefined

  beforeEach(async () => {
    server = await FaultyServer.start()
    directory = mkdtempSync(join(tmpdir(), 'stop-'))
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    rmSync(directory, { recursive: true })
    await server.close()
  })

  function kubeconfig(): string {
    const path = join(directory, 'kubeconfig')
    const config = {
      'current-context': 'c',
      clusters: [{ name: 'k', cluster: { server: server.url.href, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 'secret' } }],
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    }
    writeFileSync(path, JSON.stringify(config))
    return path
  }

  async function stopsInTime(name: string, flags: string[], isDue: () => boolean): Promise<void> {
    const program = join(root, name.split(' ')[0]!, 'main.ts')
    const env = { ...process.env, KUBECONFIG: kubeconfig(), OPERATOR_NAMESPACE: 'metallb-system' }
    child = spawn(process.execPath, [program, ...flags], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    const ended = once(child, 'exit')
    await until('the server is asked', isDue, { timeoutMillis: 15_000, intervalMillis: 20 })
    server.faults.hang = 1
    const startedMillis = performance.now()
    child.kill('SIGTERM')
    const [code] = await ended
    expect(code).to.equal(0)
    expect(performance.now() - startedMillis).to.be.below(budgetMillis)
  }

  for (const [name, flags] of Object.entries(programs)) {
    it(`stops in order and in time, before it has begun: ${name}`, async () => {
      server.faults.hang = 1
      await stopsInTime(name, flags, () => server.requests.length > 0)
    })

    it(`stops in order and in time, when it is at work: ${name}`, () =>
      stopsInTime(name, flags, () => server.openWatches > 0))
  }
})
