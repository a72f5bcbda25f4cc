import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { Replica } from '../controller/testing/replica.ts'
import { ipAddressPools } from '../crds/generated/resources.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import { createClient, type KubeClient } from '../kube/client.ts'
import { leases, namespaces, services } from '../kube/core.ts'
import { fromKubeconfig } from '../kube/kubeconfig.ts'
import { createTransport } from '../kube/transport.ts'
import { Installation } from './installation.fixture.ts'
import { namespace, pool } from './objects.fixture.ts'

const leaseMillis = 3_000
const shortLease = [
  `--leader-elect-lease-duration=${leaseMillis}ms`,
  '--leader-elect-renew-deadline=2s',
  '--leader-elect-retry-period=400ms',
]
const nodeOf = { a: 1, b: 2, c: 3 } as const
type Name = keyof typeof nodeOf
const names = Object.keys(nodeOf) as Name[]
/** From the takeover to the address of a Service that waits for it, on a busy machine. */
const serviceMillis = 1_000

/** Processes with the rights of the controller's own service account, each on a node of its own. */
describe('several controllers at a real API server', function () {
  this.timeout(60_000)
  let metallb: Installation
  let client: KubeClient
  /** Those that run, by the name that they give as their pod's. */
  const controllers = new Map<Name, LabProcess>()
  const known = new Map<string, string>()
  let created = 0

  const controller = (name: Name) => controllers.get(name)!
  const addressOf = ({ status }: V1Service) => status?.loadBalancer?.ingress?.[0]?.ip
  const holder = async () => {
    const { spec } = await client.get(leases, { namespace, name: 'metallb-controller' })
    return (spec?.holderIdentity || undefined) as Name | undefined
  }
  const promptly = { timeoutMillis: 15_000, intervalMillis: 5 }
  const leader = () => until('somebody leads', holder, promptly)
  const another = (than: Name) => until(`another than ${than} leads`, async () => (await leader()) !== than, promptly)
  const linesOf = ({ output }: LabProcess, message: string) =>
    output()
      .split('\n')
      .filter((line) => line.includes(message))

  async function start(name: Name): Promise<void> {
    const started = await metallb.run('controller', {
      node: nodeOf[name],
      flags: [`--pod-name=${name}`, ...shortLease],
    })
    controllers.set(name, started)
    void started.exited.then(() => controllers.delete(name))
  }

  async function createService(): Promise<string> {
    const name = `web-${++created}`
    const spec = { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name } }
    await client.create(services, { metadata: { namespace: 'default', name }, spec })
    return name
  }

  const isServed = (name: string) =>
    until(
      `${name} has an address`,
      async () => addressOf(await client.get(services, { namespace: 'default', name })),
      promptly,
    )

  /** How long it takes until a Service that is created now has an address. */
  async function millisToServe(): Promise<number> {
    const startedMillis = performance.now()
    await isServed(await createService())
    return performance.now() - startedMillis
  }

  before(async () => {
    metallb = await Installation.start({ nodes: 3 })
    client = createClient(createTransport(await fromKubeconfig(metallb.lab.kubeconfig)))
    await metallb.apply(pool('lan', { addresses: ['172.30.8.0/22'] }))
  })
  beforeEach('three controllers run', async () => {
    for (const name of names) if (!controllers.has(name)) await start(name)
  })
  after(async () => {
    await client?.close()
    await metallb?.stop()
  })

  afterEach('no address changed, and none has two holders', async () => {
    const { items } = await client.list(services, { namespace: 'default' })
    const balanced = items.filter(({ spec }) => spec?.type === 'LoadBalancer')
    const addresses = new Map(balanced.map((service) => [service.metadata!.name!, addressOf(service)!]))
    for (const [name, address] of known) expect(addresses.get(name), name).to.equal(address)
    expect(new Set(addresses.values()).size).to.equal(addresses.size)
    for (const [name, address] of addresses) known.set(name, address)
  })

  it('are all ready while one of them leads', async () => {
    expect(await holder()).to.equal('a')
    await millisToServe()
    for (const name of ['b', 'c'] as const) expect(linesOf(controller(name), 'started leading')).to.deep.equal([])
  })

  it('serve a Service within a second after the leader was told to end, while others are created', async () => {
    const first = await leader()
    const stream = Array.from({ length: 40 }, createService)
    const startedMillis = performance.now()
    const stopped = controller(first).stop()
    await millisToServe()
    expect(performance.now() - startedMillis).to.be.below(1_000)
    expect(await leader()).to.not.equal(first)
    expect(await stopped).to.include({ code: 0 })
    for (const name of await Promise.all(stream)) await isServed(name)
  })

  it('go on within the lease time after the leader was killed', async () => {
    const first = await leader()
    controller(first).kill('SIGKILL')
    expect(await millisToServe()).to.be.below(leaseMillis + serviceMillis)
    expect(await leader()).to.not.equal(first)
  })

  it('do not wait for the lease of one that starts again in its pod', async () => {
    const first = await leader()
    const { exited, kill } = controller(first)
    kill('SIGKILL')
    await exited
    await start(first)
    expect(await leader()).to.equal(first)
  })

  it('keep out a leader that was paused beyond its lease', async () => {
    const first = await leader()
    const paused = controller(first)
    paused.kill('SIGSTOP')
    const waiting = await Promise.all(Array.from({ length: 20 }, createService))
    await another(first)
    for (const name of waiting) await isServed(name)
    const assigned = linesOf(paused, 'address assigned')
    paused.kill('SIGCONT')
    await until('it stands by', () => linesOf(paused, 'stopped leading').length > 0)
    for (let count = 0; count < 10; count++) await millisToServe()
    expect(linesOf(paused, 'address assigned')).to.deep.equal(assigned)
    expect(await leader()).to.not.equal(first)
    expect(controllers.get(first)).to.equal(paused)
  })

  it('undo what a leader wrote that was paused exactly between its last check and the send', async () => {
    const scope = { namespace: 'paused', loadBalancerClass: 'example.org/paused' }
    const timings = { leaseDurationMillis: 1_000, renewDeadlineMillis: 700, retryPeriodMillis: 100 }
    const replica = async (name: string) => {
      const started = new Replica({ client, name, timings, ...scope })
      await started.allocation.ready
      return started
    }
    const patchesLate = ({ what }: { what: string }) => what === 'patch services paused/late'
    const put = (name: string, type: 'ClusterIP' | 'LoadBalancer') => {
      const spec = { type, ports: [{ port: 80 }], selector: { app: name } }
      const { namespace, loadBalancerClass } = scope
      const full = type === 'LoadBalancer' ? { ...spec, loadBalancerClass } : spec
      const service = { metadata: { namespace, name }, spec: full }
      return client.apply(services, service, { fieldManager: 'test', force: true })
    }
    const has = (name: string, address: string) =>
      until(
        `${name} has ${address}`,
        async () => addressOf(await client.get(services, { namespace: scope.namespace, name })) === address,
        promptly,
      )

    await client.create(namespaces, { metadata: { name: scope.namespace } })
    await client.create(ipAddressPools, {
      metadata: { namespace: scope.namespace, name: 'two' },
      spec: { addresses: ['172.30.12.0/31'] },
    })
    await put('a-rival', 'ClusterIP')
    const paused = await replica('paused')
    const next = await replica('next')
    try {
      paused.holdsBack = patchesLate
      next.holdsBack = patchesLate
      await put('late', 'LoadBalancer')
      await until('it is about to write', () => paused.held.length > 0, promptly)
      paused.freeze()
      await put('a-rival', 'LoadBalancer')
      await has('a-rival', '172.30.12.0')
      paused.thaw()
      await has('late', '172.30.12.0') // held twice now
      const startedMillis = performance.now()
      next.thaw()
      await has('late', '172.30.12.1')
      expect(performance.now() - startedMillis).to.be.below(1_000)
      await has('a-rival', '172.30.12.0')
    } finally {
      for (const each of [paused, next]) {
        each.thaw()
        await each.allocation.stop()
      }
    }
  })
})
