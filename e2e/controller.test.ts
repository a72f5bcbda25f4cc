import { join } from 'node:path'
import type { V1Secret, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { ConfigurationState, IPAddressPool } from '../crds/generated/types.ts'
import { FastLab } from '../hack/lab/fast.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'

const root = join(import.meta.dirname, '..')
const namespace = 'metallb-system'
const poolAnnotation = 'metallb.io/ip-allocated-from-pool'
const foreignCondition = { type: 'example.org/Probed', status: 'True', reason: 'Fine', message: 'not ours' }

/** The controller's process with the rights of its own service account; the objects are what a user would apply. */
describe('the controller at a real API server', function () {
  this.timeout(60_000)
  let lab: FastLab
  let serviceAccount: string
  let controller: LabProcess

  const apply = (object: object) => lab.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) })
  const read = async <T>(kind: string, name: string, inNamespace = 'default'): Promise<T> =>
    JSON.parse(await lab.kubectl(['-n', inNamespace, 'get', kind, name, '-o', 'json']))
  const readService = (name: string) => read<V1Service>('service', name)
  const applyPool = (name: string, spec: object) =>
    apply({ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: { name, namespace }, spec })
  const remove = (kind: string, name: string, inNamespace = 'default') =>
    lab.kubectl(['-n', inNamespace, 'delete', kind, name])
  const createService = (name: string, spec: object = {}, annotations: object = {}) =>
    apply({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default', annotations } },
      spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
    })
  const addressesIn = ({ status }: V1Service) => (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip)
  const addressesOf = (name: string) =>
    until(`service ${name} has an address`, async () => {
      const addresses = addressesIn(await readService(name))
      return addresses.length > 0 && addresses
    })
  const eventOf = (name: string, reason: string) =>
    until(`event ${reason} of ${name}`, async () => {
      const selector = `--field-selector=involvedObject.name=${name},reason=${reason}`
      const { items } = JSON.parse(await lab.kubectl(['get', 'events', '-A', selector, '-o', 'json']))
      return items[0]?.message as string | undefined
    })

  function spawnController(): LabProcess {
    const argv = [process.execPath, join(root, 'controller/main.ts'), '--port=0', '--log-level=debug']
    const env = { ...process.env, METALLB_DEPLOYMENT: 'controller', METALLB_ML_SECRET_NAME: 'memberlist' }
    return lab.node(1).spawn(argv, { env, serviceAccount, name: 'controller' })
  }

  async function startController(): Promise<LabProcess> {
    const started = spawnController()
    await until('the controller is ready', async () => {
      const { status, body } = await lab.node(1).curl('http://127.0.0.1:17472/readyz')
      if (status !== 200) throw new Error(`${body} ${started.output()}`)
      return true
    })
    return started
  }

  before(async () => {
    lab = await FastLab.start({ nodes: 1 })
    await lab.kubectl(['apply', '--server-side', '-f', join(root, 'dist/install/metallb-native.yaml')])
    await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
    serviceAccount = await lab.serviceAccountDirectory(namespace, 'controller')
    await applyPool('lan', { addresses: ['172.30.0.200-172.30.0.203', 'fd00:30::200-fd00:30::203'] })
    controller = await startController()
  })
  after(async () => {
    await controller?.stop()
    await lab?.stop()
  })

  it('gives a Service the lowest address, with the pool as annotation and an event', async () => {
    await createService('first')
    expect(await addressesOf('first')).to.deep.equal(['172.30.0.200'])
    const { metadata, status } = await readService('first')
    expect(metadata?.annotations?.[poolAnnotation]).to.equal('lan')
    const [condition] = status?.conditions ?? []
    expect(condition).to.include({ type: 'metallb.io/Allocated', status: 'True', reason: 'Allocated' })
    expect(condition?.message).to.equal('172.30.0.200 from pool lan')
    expect(await eventOf('first', 'IPAllocated'))
      .to.include('172.30.0.200')
      .and.include('lan')
  })

  it('gives both families to a Service that has both', async () => {
    await createService('dual', { ipFamilyPolicy: 'RequireDualStack' })
    expect(await addressesOf('dual')).to.deep.equal(['172.30.0.201', 'fd00:30::200'])
    await remove('service', 'dual')
  })

  it('gives the address asked for, by annotation or by field', async () => {
    await createService('by-annotation', {}, { 'metallb.io/loadBalancerIPs': '172.30.0.203' })
    await createService('by-field', { loadBalancerIP: '172.30.0.202' })
    expect(await addressesOf('by-annotation')).to.deep.equal(['172.30.0.203'])
    expect(await addressesOf('by-field')).to.deep.equal(['172.30.0.202'])
  })

  it('says why there is no address, and gives one as soon as it is free', async () => {
    await createService('filler')
    await addressesOf('filler')
    await createService('waiting')
    expect(await eventOf('waiting', 'AllocationFailed')).to.include('lan: no free IPv4 address')
    await remove('service', 'by-field')
    expect(await addressesOf('waiting')).to.deep.equal(['172.30.0.202'])
  })

  it('gives from the pool asked for, also where it is not given from by itself', async () => {
    await applyPool('special', { addresses: ['172.30.0.220/32'], autoAssign: false })
    await createService('pool', {}, { 'metallb.io/address-pool': 'special' })
    expect(await addressesOf('pool')).to.deep.equal(['172.30.0.220'])
  })

  it('counts in the status of the pool', async () => {
    await until('the counters are right', async () => {
      const { status } = await read<IPAddressPool>('ipaddresspool', 'lan', namespace)
      return status?.assignedIPv4 === 4 && status.availableIPv4 === 0 && status.availableIPv6 === 4
    })
  })

  it('counts addresses beyond what a number can hold', async () => {
    await applyPool('vast', { addresses: ['fd00:31::/64'], autoAssign: false })
    await until('the counters are there', async () => {
      const path = 'jsonpath={.status.availableIPv6}'
      return (
        (await lab.kubectl(['-n', namespace, 'get', 'ipaddresspool', 'vast', '-o', path])) === '9223372036854775807'
      )
    })
    await remove('ipaddresspool', 'vast', namespace)
  })

  it('takes the address and its annotation back when the type changes, and leaves the conditions of others', async () => {
    const patch = JSON.stringify({
      status: { conditions: [{ ...foreignCondition, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
    })
    await lab.kubectl(['patch', 'service', 'filler', '--subresource=status', '--type=strategic', '-p', patch])
    await lab.kubectl(['patch', 'service', 'filler', '-p', '{"spec":{"type":"ClusterIP"}}'])
    const service = await until('filler has nothing of ours', async () => {
      const found = await readService('filler')
      return addressesIn(found).length === 0 && !found.metadata?.annotations?.[poolAnnotation] && found
    })
    expect(service.status?.conditions?.map(({ type }) => type)).to.deep.equal([foreignCondition.type])
    expect(service.status?.conditions?.[0]).to.include(foreignCondition)
    expect(await eventOf('filler', 'IPReleased')).to.match(
      /^released 172\.30\.0\.\d+ of pool lan: its type is ClusterIP$/,
    )
  })

  it('says whether a pool is valid, beside what others say about it', async () => {
    const patch = JSON.stringify({
      status: { conditions: [{ ...foreignCondition, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
    })
    const flags = ['--subresource=status', '--type=merge', '-p', patch, '--field-manager=auditor']
    await lab.kubectl(['-n', namespace, 'patch', 'ipaddresspool', 'special', ...flags])
    const types = await until('both conditions are there', async () => {
      const { status } = await read<IPAddressPool>('ipaddresspool', 'special', namespace)
      const sorted = status?.conditions?.map(({ type, status: is }) => `${type} ${is}`).sort()
      return sorted?.length === 2 && sorted
    })
    expect(types).to.deep.equal(['Valid True', 'example.org/Probed True'])
  })

  it('keeps every address over a restart, without a single write', async () => {
    const versions = async () => {
      const { items } = JSON.parse(await lab.kubectl(['get', 'services', '-o', 'json'])) as { items: V1Service[] }
      return items.map(({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`)
    }
    const before = await versions()
    await controller.stop()
    controller = await startController()
    expect(await versions()).to.deep.equal(before)
    await createService('afterwards')
    expect(await addressesOf('afterwards')).to.deep.equal(['172.30.0.201'])
  })

  it('keeps the last good configuration when a pool overlaps another, and says what to do', async () => {
    await applyPool('overlapping', { addresses: ['172.30.0.0/24'] })
    const stateOf = async () => (await read<ConfigurationState>('configurationstate', 'controller', namespace)).status
    const invalid = await until('the state is Invalid', async () => {
      const status = await stateOf()
      return status?.result === 'Invalid' && status
    })
    expect(invalid.errorSummary).to.match(
      /IPAddressPool \w+: spec\.addresses\[\d\]: ".*" overlaps .*: let every address/,
    )
    expect(await eventOf('overlapping', 'ConfigurationError')).to.include('overlaps')
    const faulty = await until('the pool says so', async () => {
      const { status } = await read<IPAddressPool>('ipaddresspool', 'overlapping', namespace)
      return status?.conditions?.[0]?.status === 'False' && status
    })
    expect(faulty).to.include({ assignedIPv4: 0, availableIPv4: 0 })
    expect(faulty.conditions?.[0]).to.include({ type: 'Valid', reason: 'ConfigurationError' })
    expect(addressesIn(await readService('first'))).to.deep.equal(['172.30.0.200'])
    await remove('ipaddresspool', 'overlapping', namespace)
    await until('the state is Valid', async () => (await stateOf())?.result === 'Valid')
  })

  describe('lets kubectl describe explain', () => {
    const taken = { 'metallb.io/loadBalancerIPs': '172.30.0.200' }
    const from = (pool: string) => ({ 'metallb.io/address-pool': pool })
    const cases: [what: string, pool: object | undefined, annotations: object, spec: object, explanation: RegExp][] = [
      [
        'overlapping pools',
        { addresses: ['172.30.0.200-172.30.0.230'] },
        from('overlapping-pools'),
        {},
        /pool overlapping-pools .* does not exist\. An older configuration is in force: .* overlaps .*: let every address/,
      ],
      [
        'a range written backwards',
        { addresses: ['fd00:30::9-fd00:30::1'] },
        from('a-range-written-backwards'),
        {},
        /does not exist\. An older .*"fd00:30::9-fd00:30::1" ends before it starts: write the lower address first/,
      ],
      [
        'an IPv6 pool for an IPv4 Service',
        { addresses: ['fd00:32::/120'], autoAssign: false },
        from('an-ipv6-pool-for-an-ipv4-service'),
        {},
        /an-ipv6-pool-for-an-ipv4-service: (has )?no IPv4 addresses/,
      ],
      ['a wanted address that is taken', undefined, taken, {}, /172\.30\.0\.200 is in use by default\/first/],
      [
        'an exhausted pool',
        { addresses: ['172.30.1.1/32'], autoAssign: false },
        from('an-exhausted-pool'),
        {},
        /no free IPv4/,
      ],
      [
        'both the annotation and spec.loadBalancerIP',
        undefined,
        taken,
        { loadBalancerIP: '172.30.0.202' },
        /both by annotation and by spec\.loadBalancerIP: keep one of them/,
      ],
      [
        'an unreadable address',
        undefined,
        { 'metallb.io/loadBalancerIPs': '172.30.0' },
        {},
        /"172\.30\.0" is not an IP address/,
      ],
      ['an address of no pool', undefined, {}, { loadBalancerIP: '192.0.2.1' }, /no pool .*192\.0\.2\.1/],
    ]

    for (const [what, pool, annotations, spec, explanation] of cases) {
      it(what, async () => {
        const name = what.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
        if (pool !== undefined) await applyPool(name, pool)
        if (what === 'an exhausted pool') {
          await createService('holder', {}, annotations)
          await addressesOf('holder')
        }
        await createService(name, spec, annotations)
        await until(`kubectl describe service ${name} says ${explanation}`, async () => {
          const description = await lab.kubectl(['describe', 'service', name])
          if (!explanation.test(description)) throw new Error(description)
          return true
        })
        const [condition] = (await readService(name)).status?.conditions ?? []
        expect(condition).to.include({ type: 'metallb.io/Allocated', status: 'False' })
        expect(condition?.message).to.match(explanation)
        await remove('service', name)
        if (pool !== undefined) await remove('ipaddresspool', name, namespace)
      })
    }

    it('an address of a node', async () => {
      const { v4 } = lab.node(1).address
      await applyPool('nodes', { addresses: [`${v4}/32`], autoAssign: false })
      await createService('of-node', { loadBalancerIP: v4 })
      expect(await eventOf('of-node', 'AllocationFailed')).to.include(`${v4} is an address of node`)
      await remove('service', 'of-node')
      await remove('ipaddresspool', 'nodes', namespace)
    })

    it('that there is no pool', async () => {
      await lab.kubectl(['-n', namespace, 'delete', 'ipaddresspool', '--all'])
      expect(await eventOf('first', 'NoPools')).to.include('there is no IPAddressPool')
    })

    it('that no configuration has ever been valid, and does not touch what has an address', async () => {
      await applyPool('lan', { addresses: ['172.30.0.200-172.30.0.203'] })
      expect(await addressesOf('first')).to.have.length(1)
      await controller.stop()
      await applyPool('overlapping', { addresses: ['172.30.0.200/32'] })
      controller = spawnController()
      await createService('unlucky')
      expect(await eventOf('unlucky', 'ConfigurationError')).to.match(/no configuration is in force: .* overlaps/)
      expect(addressesIn(await readService('first'))).to.have.length(1)
    })
  })

  it('makes the key of the speakers, which goes with the Deployment', async () => {
    const { data, metadata } = await read<V1Secret>('secret', 'memberlist', namespace)
    expect(Buffer.from(data?.['secretkey'] ?? '', 'base64').toString()).to.match(/^[A-Za-z0-9+/]{22}$/)
    expect(metadata?.ownerReferences?.[0]).to.include({ kind: 'Deployment', name: 'controller' })
  })
})
