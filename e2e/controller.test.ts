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

  async function startController(...flags: string[]): Promise<LabProcess> {
    const argv = [process.execPath, join(root, 'controller/main.ts'), '--port=0', '--log-level=debug', ...flags]
    const env = { ...process.env, METALLB_DEPLOYMENT: 'controller', METALLB_ML_SECRET_NAME: 'memberlist' }
    const started = lab.node(1).spawn(argv, { env, serviceAccount, name: 'controller' })
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
    expect((await readService('first')).metadata?.annotations?.[poolAnnotation]).to.equal('lan')
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
    expect(service.status?.conditions?.[0]).to.include(foreignCondition)
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
    expect(addressesIn(await readService('first'))).to.deep.equal(['172.30.0.200'])
    await remove('ipaddresspool', 'overlapping', namespace)
    await until('the state is Valid', async () => (await stateOf())?.result === 'Valid')
  })

  it('makes the key of the speakers, which goes with the Deployment', async () => {
    const { data, metadata } = await read<V1Secret>('secret', 'memberlist', namespace)
    expect(Buffer.from(data?.['secretkey'] ?? '', 'base64').toString()).to.match(/^[A-Za-z0-9+/]{22}$/)
    expect(metadata?.ownerReferences?.[0]).to.include({ kind: 'Deployment', name: 'controller' })
  })
})
