import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { mustRun } from './command.ts'
import { FastLab } from './fast.ts'
import { leftoversOf, processesOf } from './leftovers.fixture.ts'
import { identify, isAlive } from './processes.ts'
import { readLab } from './state.ts'
import { teardownOrphans } from './teardown.ts'
import { until } from './wait.ts'

const mainScript = join(import.meta.dirname, 'main.ts')

/** A web server that says who asked. */
const echo = [
  process.execPath,
  '-e',
  "require('node:http').createServer((request, response) => response.end(request.socket.remoteAddress)).listen(80, '::')",
]

describe('a fast lab', function () {
  this.timeout(60_000)
  let lab: FastLab

  before(async () => {
    lab = await FastLab.start({ nodes: 2 })
  })
  after(() => lab?.stop())

  it('has a ready Node object for each node, with its addresses', async () => {
    const { items } = JSON.parse(await lab.kubectl(['get', 'nodes', '-o', 'json']))
    expect(items).to.have.length(2)
    for (const [i, { metadata, status }] of items.entries()) {
      const { v4, v6 } = lab.node(i + 1).address
      expect(metadata.name).to.equal(lab.node(i + 1).name)
      expect(status.addresses.map(({ address }: { address: string }) => address)).to.include.members([v4, v6])
      expect(status.conditions).to.deep.include.members([{ ...status.conditions[0], type: 'Ready', status: 'True' }])
    }
  })

  it('runs a process as a pod sees the world: its ServiceAccount, the API server, the interfaces of its node', async () => {
    const serviceAccount = await lab.serviceAccountDirectory('metallb-system', 'speaker')
    const script = `
      cd /var/run/secrets/kubernetes.io/serviceaccount
      cat namespace; echo
      ls /sys/class/net
      exec ${process.execPath} -e '
        const { readFileSync } = require("node:fs")
        const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env
        const headers = { authorization: "Bearer " + readFileSync("token") }
        const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        const options = { host, port, path, method: "POST", headers, ca: readFileSync("ca.crt") }
        require("node:https").request(options, (response) => response.pipe(process.stdout)).end("{}")
      '`
    const pod = lab.node(1).spawn(['sh', '-ec', script], { serviceAccount })
    expect(await pod.exited).to.deep.equal({ code: 0, signal: null })
    expect(pod.output()).to.match(/^metallb-system\neth0\nlo\n/)
    expect(pod.output()).to.contain('system:serviceaccount:metallb-system:speaker')
  })

  it('lets the client reach a process on a node over IPv4 and IPv6, unless the cable is cut', async () => {
    const node = lab.node(2)
    const [v4, v6] = [`http://${node.address.v4}/`, `http://[${node.address.v6}]/`]
    const server = node.spawn(echo)
    const page = await until('an answer', async () => {
      const answer = await lab.client.curl(v4)
      return answer.status === 200 && answer.body
    })
    expect(page).to.equal(`::ffff:${lab.client.address.v4}`)
    expect(await lab.client.curl(v6)).to.deep.equal({ status: 200, body: lab.client.address.v6 })
    await node.cutLink()
    expect((await node.exec(['ip', 'link', 'show', 'eth0'])).stdout).to.contain('NO-CARRIER')
    expect(await lab.client.curl(v4, { timeoutMs: 200 })).to.include({ status: 0 })
    await node.restoreLink()
    await until('an answer', async () => (await lab.client.curl(v4)).status === 200)
    expect(await server.stop()).to.deep.equal({ code: null, signal: 'SIGTERM' })
  })

  it('runs beside another lab, with networks of their own', async () => {
    const other = await FastLab.start({ nodes: 1 })
    try {
      expect(other.addresses.subnet).to.not.deep.equal(lab.addresses.subnet)
      await other.kubectl(['create', 'namespace', 'only-here'])
      expect(await lab.kubectl(['get', 'namespaces', '-o', 'name'])).to.not.contain('only-here')
    } finally {
      await other.stop()
    }
    expect(await lab.kubectl(['get', '--raw', '/readyz'])).to.equal('ok')
  })

  it('is not touched by cleaning while its owner lives', async () => {
    await teardownOrphans()
    expect(await lab.kubectl(['get', '--raw', '/readyz'])).to.equal('ok')
  })

  it('leaves nothing when it stops, whatever still runs in it', async () => {
    const ended = await FastLab.start({ nodes: 1 })
    ended.node(1).spawn(['sh', '-c', 'trap "" TERM; sleep 1000 & wait'])
    const processes = await until('the processes', async () => {
      const found = await processesOf(ended.name)
      return found.length >= 4 && found // etcd, API server, sh, sleep
    })
    expect(await leftoversOf(ended.name, processes)).to.have.length.above(processes.length)
    await ended.stop()
    expect(await leftoversOf(ended.name, processes)).to.deep.equal([])
    expect(readLab(ended.name)).to.equal(undefined)
    await ended.stop()
  })
})

describe('a fast lab whose owner was killed', function () {
  this.timeout(60_000)
  const stateHome = mkdtempSync(join(tmpdir(), 'metallb-ts-state-'))
  const env = { ...process.env, XDG_STATE_HOME: stateHome }
  const down = () => mustRun([process.execPath, mainScript, 'down', '--all'], { env })

  const owners: ChildProcess[] = []
  after(async () => {
    for (const owner of owners) owner.kill('SIGKILL')
    await down()
    rmSync(stateHome, { recursive: true })
  })

  /** Starts a lab in a process of its own; resolves when it is up. */
  async function startElsewhere(options: { name?: string } = {}) {
    const program = `
      import { FastLab } from ${JSON.stringify(join(import.meta.dirname, 'fast.ts'))}
      const lab = await FastLab.start(${JSON.stringify({ nodes: 1, ...options })})
      console.log(lab.client.netns.replace('-client', ''))
      setInterval(() => {}, 1000)`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    owners.push(owner)
    const prefix = await new Promise<string>((resolve, reject) => {
      owner.stdout.once('data', (text) => resolve(String(text).trim()))
      owner.once('exit', () => reject(new Error('the owner ended before its lab was up')))
    })
    return { prefix, owner, reaper: reaperOf(owner.pid ?? 0), processes: await processesOf(prefix) }
  }

  it('is cleaned at once by its reaper', async () => {
    const { prefix, owner, processes } = await startElsewhere()
    owner.kill('SIGKILL')
    await until('the reaper', async () => (await leftoversOf(prefix, processes)).length === 0)
    await until('the state to be gone', () => readdirSync(join(stateHome, 'metallb-ts/labs')).length === 0)
  })

  it('is in no way of a lab of the same name that starts at once, and that its reaper leaves alone', async () => {
    const first = await startElsewhere({ name: 'again' })
    process.kill(first.reaper, 'SIGSTOP') // or it could be done too early to do harm
    first.owner.kill('SIGKILL')
    const second = await startElsewhere({ name: 'again' })
    process.kill(first.reaper, 'SIGCONT')
    await until('the end of the first reaper', () => identify(first.reaper) === undefined)
    expect(await leftoversOf(first.prefix, first.processes)).to.deep.equal([])
    expect(second.processes.every(isAlive)).to.equal(true)
    expect(await processesOf(second.prefix)).to.have.length(second.processes.length)
    second.owner.kill('SIGKILL')
    await until('the second reaper', async () => (await leftoversOf(second.prefix, second.processes)).length === 0)
  })

  it('is cleaned by lab-down when its reaper was killed, too', async () => {
    const { prefix, owner, reaper, processes } = await startElsewhere()
    process.kill(reaper, 'SIGKILL')
    owner.kill('SIGKILL')
    await new Promise((resolve) => owner.once('exit', resolve))
    expect(await leftoversOf(prefix, processes)).to.not.deep.equal([])
    expect(await mustRun([process.execPath, mainScript, 'down'], { env })).to.equal(`ended: ${prefix}\n`)
    expect(await leftoversOf(prefix, processes)).to.deep.equal([])
  })
})

function reaperOf(owner: number): number {
  const children = readFileSync(`/proc/${owner}/task/${owner}/children`, 'utf8').trim().split(' ')
  const reaper = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('lab-reaper'))
  if (!reaper) throw new Error(`process ${owner} has no reaper among ${children.join(', ')}`)
  return Number(reaper)
}
