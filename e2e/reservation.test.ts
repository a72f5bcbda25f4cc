import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { IPReservation } from '../crds/generated/types.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import { Installation } from './installation.fixture.ts'
import { namespace, pool, service } from './objects.fixture.ts'

/** The controller's process with the rights of its own service account; the objects are what a user would apply. */
describe('reservations at a real API server', function () {
  this.timeout(60_000)
  let metallb: Installation
  let controller: LabProcess | undefined

  const reservation = (name: string, spec: object, inNamespace = namespace) => ({
    ...{ apiVersion: 'metallb.io/v1alpha1', kind: 'IPReservation', metadata: { name, namespace: inNamespace }, spec },
  })
  const read = async (name: string): Promise<Partial<IPReservation>> =>
    JSON.parse((await metallb.kubectl('get', 'ipreservation', name, '-o', 'json', '--ignore-not-found')) || '{}')
  const addressOf = async (name: string, inNamespace?: string) => (await metallb.addressesOf(name, inNamespace))[0]
  const specOf = (name: string, what: string, isRight: (spec: IPReservation['spec'] | undefined) => boolean) =>
    until(`${name} ${what}`, async () => isRight((await read(name)).spec))
  const activeOf = (name: string, reason: string) =>
    until(`${name} is ${reason}`, async () => {
      const { status } = await read(name)
      return status?.conditions?.find((condition) => condition.type === 'Active' && condition.reason === reason)
    })

  async function startController(): Promise<void> {
    controller = await metallb.run('controller')
  }
  async function stopController(): Promise<void> {
    await controller?.stop()
    controller = undefined
  }

  before(async () => {
    metallb = await Installation.start()
    for (const name of ['team', 'other']) await metallb.kubectl('create', 'namespace', name)
    await metallb.apply(
      pool('lan', { addresses: ['172.30.0.200-172.30.0.219'] }),
      pool('retained', { addresses: ['172.30.0.220-172.30.0.229'], retainFor: '1h', autoAssign: false }),
      pool('brief', { addresses: ['172.30.0.230/31'], retainFor: '3s', autoAssign: false }),
    )
    await startController()
  })
  after(() => metallb?.stop())

  describe('of a pool with retainFor', () => {
    const fromRetained = { annotations: { 'metallb.io/address-pool': 'retained' } }
    const fromBrief = { annotations: { 'metallb.io/address-pool': 'brief' } }

    it('are written for each Service and outlive it', async () => {
      await metallb.apply(service('web', fromRetained))
      expect(await addressOf('web')).to.equal('172.30.0.220')
      await specOf('service.default.web', 'is written', (spec) => spec?.addresses[0] === '172.30.0.220')
      await metallb.remove('service', 'web')
      await specOf('service.default.web', 'ends', (spec) => spec?.expiresAt !== undefined)
      const active = await activeOf('service.default.web', 'Reserved')
      const { spec, status } = await read('service.default.web')
      expect(active?.message).to.equal(`kept for Service default/web until ${spec?.expiresAt}`)
      expect(status?.expiresAt).to.equal(spec?.expiresAt)
    })

    it('give the address back, and have no end again', async () => {
      await metallb.apply(service('a-stranger', fromRetained), service('web', fromRetained))
      expect(await addressOf('web')).to.equal('172.30.0.220')
      expect(await addressOf('a-stranger')).to.equal('172.30.0.221')
      await specOf('service.default.web', 'has no end', (spec) => spec !== undefined && spec.expiresAt === undefined)
    })

    it('keep the address of a Service that a sync deletes and creates again', async () => {
      for (let round = 0; round < 5; round++) {
        await metallb.send(['replace', '--force'], service('web', fromRetained))
        expect(await addressOf('web')).to.equal('172.30.0.220')
      }
      await specOf('service.default.web', 'has no end', (spec) => spec !== undefined && spec.expiresAt === undefined)
    })

    it('keep the address of a Service that is deleted and created again while no controller runs', async () => {
      await stopController()
      await metallb.remove('service', 'web')
      await metallb.apply(service('aa-first', fromRetained), service('web', fromRetained))
      await startController()
      expect(await addressOf('web')).to.equal('172.30.0.220')
      expect(await addressOf('aa-first')).to.equal('172.30.0.222')
    })

    it('are not written again by another start', async () => {
      const versions = () => metallb.kubectl('get', 'ipres', '-o', 'jsonpath={.items[*].metadata.resourceVersion}')
      await specOf('service.default.aa-first', 'is written', (spec) => spec !== undefined)
      const before = await versions()
      await stopController()
      await startController()
      await metallb.apply(service('after-restart', fromRetained)) // a sign that it has gone through the others
      expect(await addressOf('after-restart')).to.equal('172.30.0.223')
      await specOf('service.default.after-restart', 'is written', (spec) => spec !== undefined)
      await metallb.remove('ipreservation', 'service.default.after-restart', namespace)
      await specOf('service.default.after-restart', 'is written again', (spec) => spec !== undefined)
      const after = (await versions()).split(' ')
      expect(after).to.include.members(before.split(' '))
      expect(after).to.have.length(before.split(' ').length + 1)
    })

    it('end after the time, also when the Service went while no controller ran', async () => {
      await metallb.apply(service('gone', fromBrief), service('stays', fromBrief))
      await addressOf('gone')
      await specOf('service.default.gone', 'is written', (spec) => spec !== undefined)
      const address = await addressOf('gone')
      await stopController()
      await metallb.remove('service', 'gone')
      await startController()
      await metallb.apply(service('next', fromBrief))
      expect(await metallb.eventOf('next', 'AllocationFailed')).to.include('brief')
      expect(await addressOf('next')).to.equal(address)
      await specOf('service.default.gone', 'is removed', (spec) => spec === undefined)
    })
  })

  describe('of users', () => {
    it('refuse a stranger, and say why by condition and event', async () => {
      await metallb.apply(reservation('team', { addresses: ['172.30.0.200', '172.30.0.210'], namespace: 'team' }))
      await activeOf('team', 'Reserved')
      await metallb.apply(service('stranger', {}, { loadBalancerIP: '172.30.0.210' }), service('anybody'))
      const message = '172.30.0.210 is kept for namespace team by IPReservation team'
      expect(await metallb.eventOf('stranger', 'AllocationFailed')).to.include(message)
      const [condition] = (await metallb.read<V1Service>('service', 'stranger')).status?.conditions ?? []
      expect(condition).to.include({ status: 'False', reason: 'Reserved', message })
      expect(await addressOf('anybody')).to.equal('172.30.0.201')
    })

    it('give the address to those for whom it is kept', async () => {
      await metallb.apply(service('own', { namespace: 'team' }))
      expect(await addressOf('own', 'team')).to.equal('172.30.0.200')
      await metallb.apply(
        reservation('shops', { addresses: ['172.30.0.211'], serviceSelector: { matchLabels: { app: 'shop' } } }),
      )
      await activeOf('shops', 'Reserved')
      await metallb.apply(service('shop', { labels: { app: 'shop' } }))
      expect(await addressOf('shop')).to.equal('172.30.0.211')
    })

    it('name the one who has the address already, and count from its release on', async () => {
      await metallb.apply(reservation('late', { addresses: ['172.30.0.201'], namespace: 'team' }))
      const active = await activeOf('late', 'InUseByOther')
      expect(active?.status).to.equal('False')
      expect(active?.message).to.include('172.30.0.201 by default/anybody')
      expect(await metallb.eventOf('late', 'InUseByOther')).to.include('default/anybody')
      expect(await addressOf('anybody')).to.equal('172.30.0.201')
      await metallb.remove('service', 'anybody')
      await activeOf('late', 'Reserved')
      await metallb.apply(service('anybody'))
      expect(await addressOf('anybody')).to.equal('172.30.0.202')
    })

    it('hold nothing after their time, and stay to say so', async () => {
      await metallb.apply(reservation('short', { addresses: ['172.30.0.215'], namespace: 'team', timeToLive: '3s' }))
      await activeOf('short', 'Reserved')
      await metallb.apply(service('patient', {}, { loadBalancerIP: '172.30.0.215' }))
      expect(await metallb.eventOf('patient', 'AllocationFailed')).to.include('is kept for namespace team')
      expect(await addressOf('patient')).to.equal('172.30.0.215')
      expect((await activeOf('short', 'Expired'))?.status).to.equal('False')
    })

    it('count in our own namespace only', async () => {
      await metallb.apply(reservation('foreign', { addresses: ['172.30.0.203'], namespace: 'team' }, 'other'))
      await metallb.apply(service('one-more'))
      expect(await addressOf('one-more')).to.equal('172.30.0.203')
    })
  })
})
