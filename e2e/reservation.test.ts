import { join } from 'node:path'
import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { IPReservation } from '../crds/generated/types.ts'
import { FastLab } from '../hack/lab/fast.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'

const root = join(import.meta.dirname, '..')
const namespace = 'metallb-system'

/** The controller's process with the rights of its own service account; the objects are what a user would apply. */
describe('reservations at a real API server', function () {
  this.timeout(60_000)
  let lab: FastLab
  let serviceAccount: string
  let controller: LabProcess | undefined

  const apply = (...objects: object[]) =>
    lab.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }) })
  const pool = (name: string, spec: object) => ({
    ...{ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: { name, namespace }, spec },
  })
  const service = (name: string, metadata: object = {}, spec: object = {}) => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default', ...metadata } },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }], ...spec },
  })
  const reservation = (name: string, spec: object, inNamespace = namespace) => ({
    ...{ apiVersion: 'metallb.io/v1alpha1', kind: 'IPReservation', metadata: { name, namespace: inNamespace }, spec },
  })
  const read = async <T>(kind: string, name: string, inNamespace = 'default'): Promise<T> =>
    JSON.parse((await lab.kubectl(['-n', inNamespace, 'get', kind, name, '-o', 'json', '--ignore-not-found'])) || '{}')
  const readReservation = (name: string) => read<Partial<IPReservation>>('ipreservation', name, namespace)
  const remove = (kind: string, name: string, inNamespace = 'default') =>
    lab.kubectl(['-n', inNamespace, 'delete', kind, name, '--wait=false'])
  const addressOf = (name: string, inNamespace = 'default') =>
    until(`service ${name} has an address`, async () => {
      const { status } = await read<V1Service>('service', name, inNamespace)
      return status?.loadBalancer?.ingress?.[0]?.ip
    })
  const specOf = (name: string, what: string, isRight: (spec: IPReservation['spec'] | undefined) => boolean) =>
    until(`${name} ${what}`, async () => isRight((await readReservation(name)).spec))
  const activeOf = (name: string, reason: string) =>
    until(`${name} is ${reason}`, async () => {
      const { status } = await readReservation(name)
      return status?.conditions?.find((condition) => condition.type === 'Active' && condition.reason === reason)
    })
  const eventOf = (name: string, reason: string) =>
    until(`event ${reason} of ${name}`, async () => {
      const selector = `--field-selector=involvedObject.name=${name},reason=${reason}`
      const { items } = JSON.parse(await lab.kubectl(['get', 'events', '-A', selector, '-o', 'json']))
      return items[0]?.message as string | undefined
    })

  async function startController(): Promise<void> {
    const argv = [process.execPath, join(root, 'controller/main.ts'), '--port=0', '--log-level=debug']
    const env = { ...process.env, METALLB_POD_NAME: 'controller-a' }
    const started = lab.node(1).spawn(argv, { env, serviceAccount, name: 'controller' })
    controller = started
    await until('the controller is ready', async () => {
      const { status, body } = await lab.node(1).curl('http://127.0.0.1:17472/readyz')
      if (status !== 200) throw new Error(`${body} ${started.output()}`)
      return true
    })
  }
  async function stopController(): Promise<void> {
    await controller?.stop()
    controller = undefined
  }

  before(async () => {
    lab = await FastLab.start({ nodes: 1 })
    await lab.kubectl(['apply', '--server-side', '-f', join(root, 'dist/install/metallb-native.yaml')])
    await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
    serviceAccount = await lab.serviceAccountDirectory(namespace, 'controller')
    for (const name of ['team', 'other']) await lab.kubectl(['create', 'namespace', name])
    await apply(
      pool('lan', { addresses: ['172.30.0.200-172.30.0.219'] }),
      pool('retained', { addresses: ['172.30.0.220-172.30.0.229'], retainFor: '1h', autoAssign: false }),
      pool('brief', { addresses: ['172.30.0.230/31'], retainFor: '3s', autoAssign: false }),
    )
    await startController()
  })
  after(async () => {
    await stopController()
    await lab?.stop()
  })

  describe('of a pool with retainFor', () => {
    const fromRetained = { annotations: { 'metallb.io/address-pool': 'retained' } }
    const fromBrief = { annotations: { 'metallb.io/address-pool': 'brief' } }

    it('are written for each Service and outlive it', async () => {
      await apply(service('web', fromRetained))
      expect(await addressOf('web')).to.equal('172.30.0.220')
      await specOf('service.default.web', 'is written', (spec) => spec?.addresses[0] === '172.30.0.220')
      await remove('service', 'web')
      await specOf('service.default.web', 'ends', (spec) => spec?.expiresAt !== undefined)
      const active = await activeOf('service.default.web', 'Reserved')
      const { spec, status } = await readReservation('service.default.web')
      expect(active?.message).to.equal(`kept for Service default/web until ${spec?.expiresAt}`)
      expect(status?.expiresAt).to.equal(spec?.expiresAt)
    })

    it('give the address back, and have no end again', async () => {
      await apply(service('a-stranger', fromRetained), service('web', fromRetained))
      expect(await addressOf('web')).to.equal('172.30.0.220')
      expect(await addressOf('a-stranger')).to.equal('172.30.0.221')
      await specOf('service.default.web', 'has no end', (spec) => spec !== undefined && spec.expiresAt === undefined)
    })

    it('keep the address of a Service that a sync deletes and creates again', async () => {
      for (let round = 0; round < 5; round++) {
        const input = JSON.stringify(service('web', fromRetained))
        await lab.kubectl(['replace', '--force', '-f', '-'], { input })
        expect(await addressOf('web')).to.equal('172.30.0.220')
      }
      await specOf('service.default.web', 'has no end', (spec) => spec !== undefined && spec.expiresAt === undefined)
    })

    it('keep the address of a Service that is deleted and created again while no controller runs', async () => {
      await stopController()
      await remove('service', 'web')
      await apply(service('aa-first', fromRetained), service('web', fromRetained))
      await startController()
      expect(await addressOf('web')).to.equal('172.30.0.220')
      expect(await addressOf('aa-first')).to.equal('172.30.0.222')
    })

    it('are not written again by another start', async () => {
      const versions = () =>
        lab.kubectl(['-n', namespace, 'get', 'ipres', '-o', 'jsonpath={.items[*].metadata.resourceVersion}'])
      await specOf('service.default.aa-first', 'is written', (spec) => spec !== undefined)
      const before = await versions()
      await stopController()
      await startController()
      await apply(service('after-restart', fromRetained)) // a sign that it has gone through the others
      expect(await addressOf('after-restart')).to.equal('172.30.0.223')
      await specOf('service.default.after-restart', 'is written', (spec) => spec !== undefined)
      await remove('ipreservation', 'service.default.after-restart', namespace)
      await specOf('service.default.after-restart', 'is written again', (spec) => spec !== undefined)
      const after = (await versions()).split(' ')
      expect(after).to.include.members(before.split(' '))
      expect(after).to.have.length(before.split(' ').length + 1)
    })

    it('end after the time, also when the Service went while no controller ran', async () => {
      await apply(service('gone', fromBrief), service('stays', fromBrief))
      await addressOf('gone')
      await specOf('service.default.gone', 'is written', (spec) => spec !== undefined)
      const address = await addressOf('gone')
      await stopController()
      await remove('service', 'gone')
      await startController()
      await apply(service('next', fromBrief))
      expect(await eventOf('next', 'AllocationFailed')).to.include('brief')
      expect(await addressOf('next')).to.equal(address)
      await specOf('service.default.gone', 'is removed', (spec) => spec === undefined)
    })
  })

  describe('of users', () => {
    it('refuse a stranger, and say why by condition and event', async () => {
      await apply(reservation('team', { addresses: ['172.30.0.200', '172.30.0.210'], namespace: 'team' }))
      await activeOf('team', 'Reserved')
      await apply(service('stranger', {}, { loadBalancerIP: '172.30.0.210' }), service('anybody'))
      const message = '172.30.0.210 is kept for namespace team by IPReservation team'
      expect(await eventOf('stranger', 'AllocationFailed')).to.include(message)
      const [condition] = (await read<V1Service>('service', 'stranger')).status?.conditions ?? []
      expect(condition).to.include({ status: 'False', reason: 'Reserved', message })
      expect(await addressOf('anybody')).to.equal('172.30.0.201')
    })

    it('give the address to those for whom it is kept', async () => {
      await apply(service('own', { namespace: 'team' }))
      expect(await addressOf('own', 'team')).to.equal('172.30.0.200')
      await apply(
        reservation('shops', { addresses: ['172.30.0.211'], serviceSelector: { matchLabels: { app: 'shop' } } }),
      )
      await activeOf('shops', 'Reserved')
      await apply(service('shop', { labels: { app: 'shop' } }))
      expect(await addressOf('shop')).to.equal('172.30.0.211')
    })

    it('name the one who has the address already, and count from its release on', async () => {
      await apply(reservation('late', { addresses: ['172.30.0.201'], namespace: 'team' }))
      const active = await activeOf('late', 'InUseByOther')
      expect(active?.status).to.equal('False')
      expect(active?.message).to.include('172.30.0.201 by default/anybody')
      expect(await eventOf('late', 'InUseByOther')).to.include('default/anybody')
      expect(await addressOf('anybody')).to.equal('172.30.0.201')
      await remove('service', 'anybody')
      await activeOf('late', 'Reserved')
      await apply(service('anybody'))
      expect(await addressOf('anybody')).to.equal('172.30.0.202')
    })

    it('hold nothing after their time, and stay to say so', async () => {
      await apply(reservation('short', { addresses: ['172.30.0.215'], namespace: 'team', timeToLive: '3s' }))
      await activeOf('short', 'Reserved')
      await apply(service('patient', {}, { loadBalancerIP: '172.30.0.215' }))
      expect(await eventOf('patient', 'AllocationFailed')).to.include('is kept for namespace team')
      expect(await addressOf('patient')).to.equal('172.30.0.215')
      expect((await activeOf('short', 'Expired'))?.status).to.equal('False')
    })

    it('count in our own namespace only', async () => {
      await apply(reservation('foreign', { addresses: ['172.30.0.203'], namespace: 'team' }, 'other'))
      await apply(service('one-more'))
      expect(await addressOf('one-more')).to.equal('172.30.0.203')
    })
  })
})
