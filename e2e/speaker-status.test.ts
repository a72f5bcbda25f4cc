import { expect } from 'chai'
import { formatGeneration, generationOf } from '../config/generation.ts'
import type { IPAddressPool, SpeakerStatus, SpeakerStatusStatus } from '../crds/generated/types.ts'
import { until } from '../hack/lab/wait.ts'
import { Installation } from './installation.fixture.ts'
import { pool } from './objects.fixture.ts'

/** Two speakers with the rights of their service account. */
describe('what speakers say of themselves, at a real API server', function () {
  this.timeout(60_000)
  let metallb: Installation

  const stateOf = (node: string, what: string, isSo: (status: SpeakerStatusStatus) => boolean) =>
    until(`${what} of ${node}`, async () => {
      const statuses = await metallb.list<SpeakerStatus>('speakerstatuses')
      const status = statuses.find(({ metadata }) => metadata?.name === node)?.status
      return status !== undefined && isSo(status) && status
    })
  const reasonsOf = ({ problems = [] }: SpeakerStatusStatus) => problems.map(({ reason }) => reason)
  const set = (node: number, setting: string, value: number) =>
    metallb.lab.node(node).exec(['sh', '-c', `echo ${value} > /proc/sys/net/${setting}`])
  /** The kernel does not tell of settings, but a speaker looks at them whenever a link comes or goes. */
  const makeItLook = async (node: number) => {
    await metallb.lab.node(node).exec(['ip', 'link', 'add', 'hint0', 'type', 'veth', 'peer', 'name', 'hint1'])
    await metallb.lab.node(node).exec(['ip', 'link', 'del', 'hint0'])
  }

  before(async () => {
    metallb = await Installation.start({ nodes: 2 })
    for (const node of [1, 2]) {
      await set(node, 'ipv4/ip_forward', 1)
      await set(node, 'ipv6/conf/all/forwarding', 1)
      await metallb.spawn('speaker', { node, env: { METALLB_NODE_NAME: `n${node}` } })
    }
  })
  after(() => metallb?.stop())

  it('is whether they serve, and on which interfaces they answer', async () => {
    for (const node of ['n1', 'n2']) {
      const status = await stateOf(node, 'the phase', ({ phase }) => phase === 'Serving')
      expect(status.interfaces).to.include('eth0')
      expect(status.problems).to.deep.equal([])
    }
  })

  it('is the generation of the configuration that they go by: the same on all nodes, and what anybody can compute', async () => {
    await metallb.apply(pool('lan', { addresses: ['192.0.2.0/24'] }))
    const pools = await metallb.list<IPAddressPool>('ipaddresspools')
    const others = { l2Advertisements: [], bgpAdvertisements: [], bgpPeers: [], bfdProfiles: [], communities: [] }
    const generation = formatGeneration(generationOf({ ...others, pools }))
    for (const node of ['n1', 'n2']) {
      await stateOf(node, 'the generation', ({ configGeneration }) => configGeneration === generation)
    }
  })

  it('stays the older generation while the newest configuration is refused', async () => {
    const { configGeneration } = await stateOf('n1', 'a generation', () => true)
    await metallb.apply(pool('again', { addresses: ['192.0.2.0/25'] }))
    await until('the configuration is refused', async () => {
      const states = await metallb.list<{ status?: { result?: string } }>('configurationstates')
      return states.length === 2 && states.every(({ status }) => status?.result === 'Invalid')
    })
    await stateOf('n1', 'the older generation', (status) => status.configGeneration === configGeneration)
    await metallb.kubectl('delete', 'ipaddresspool', 'again')
  })

  it('is what is wrong with a node, with an event and in the table of kubectl, as long as it is', async () => {
    await set(1, 'ipv4/conf/eth0/arp_ignore', 8)
    await makeItLook(1)
    await stateOf('n1', 'the problem', (status) => reasonsOf(status).includes('ArpIgnoreAll'))
    await until('the event', async () => (await metallb.kubectl('describe', 'speakerstatus', 'n1')).includes('Warning'))
    const table = (await metallb.kubectl('get', 'speakerstatuses')).split('\n')
    expect(table[0]).to.match(/NAME +PHASE +SERVING +IPV4 +IPV6 +STANDS IN +INTERFACES +PROBLEM +VERSION +AGE/)
    expect(table[1]).to.match(/^n1 +Serving .*\["eth0"\] +ArpIgnoreAll /)
    expect(table[2]).to.match(/^n2 +Serving .*\["eth0"\] +\d/)

    await set(1, 'ipv4/conf/eth0/arp_ignore', 0)
    await makeItLook(1)
    await stateOf('n1', 'the end of the problem', (status) => reasonsOf(status).length === 0)
  })
})

/** Without a member list: others go by the readiness of the pod. */
describe('a speaker with --dataplane-health-url, at a real API server', function () {
  this.timeout(60_000)
  let metallb: Installation
  const url = 'http://127.0.0.1:10256/healthz'
  const kubeProxy = `require('node:http').createServer((_, response) => response.end()).listen(10256, '127.0.0.1')`

  const startKubeProxy = () =>
    metallb.lab.node(1).spawn([process.execPath, '-e', kubeProxy], { env: process.env, name: 'kube-proxy' })
  const isInPhase = (phase: string, problem = '') =>
    until(`the phase ${phase}`, async () => {
      const [object] = await metallb.list<SpeakerStatus>('speakerstatuses')
      const messages = object?.status?.problems?.map(({ message }) => message).join()
      return object?.status?.phase === phase && messages?.includes(problem)
    })
  const isReady = (status: number) =>
    until(`readiness ${status}`, async () => {
      const readiness = await metallb.readiness('speaker')
      return readiness.status === status && readiness
    })

  before(async () => {
    metallb = await Installation.start()
    await metallb.spawn('speaker', { env: { METALLB_NODE_NAME: 'n1' }, flags: [`--dataplane-health-url=${url}`] })
  })
  after(() => metallb?.stop())

  it('is unfit and not ready where nothing answers, and says why', async () => {
    await isInPhase('Unfit', `(${url} refuses connections)`)
    expect((await isReady(503)).body).to.include('the dataplane of this node is not healthy')
  })

  it('serves while it answers, and no longer', async () => {
    const proxy = await startKubeProxy()
    await isInPhase('Serving')
    await isReady(200)
    await proxy.stop()
    await isInPhase('Unfit')
    await isReady(503)
  })
})
