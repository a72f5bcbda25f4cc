import { expect } from 'chai'
import type { BGPPeer, ConfigurationState } from '../crds/generated/types.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import { Installation } from './installation.fixture.ts'
import { namespace, object, peer, pool } from './objects.fixture.ts'

/** What a user writes, how the API server stores it, and what controller and speaker say of it. */
describe('the configuration at a real API server', function () {
  this.timeout(60_000)
  let metallb: Installation
  const processes: LabProcess[] = []

  const create = (input: object) => metallb.send(['create'], input)
  const replace = (input: object) => metallb.send(['replace'], input)
  const remove = (resource: string, name: string) => metallb.remove(resource, name, namespace)
  const readPeer = (name: string, version = 'v1beta2') =>
    metallb.read<BGPPeer>(`bgppeers.${version}.metallb.io`, name, namespace)

  const stateOf = async (component: string) =>
    (await metallb.read<ConfigurationState>('configurationstates', component, namespace)).status
  const isValid = (component: string) =>
    until(`${component} finds everything valid`, async () => (await stateOf(component))?.result === 'Valid')
  const errorOf = (component: string, text: string) =>
    until(`${component} says ${text}`, async () => {
      const { errorSummary = '' } = (await stateOf(component)) ?? {}
      return errorSummary.includes(text) && errorSummary
    })

  before(async () => {
    metallb = await Installation.start()
    for (const program of ['controller', 'speaker'] as const)
      processes.push(await metallb.spawn(program, { env: { METALLB_NODE_NAME: 'n1' } }))
    await isValid('controller')
    await isValid('speaker-n1')
  })
  after(() => metallb?.stop())

  describe('of a peer written as v1beta1', () => {
    it('is right without port and timers, and says nothing', async () => {
      await create(peer('older', { peerPort: 0 }, 'v1beta1'))
      await create(peer('bare', {}, 'v1beta1'))
      expect((await readPeer('older')).spec)
        .to.include({ peerPort: 0 })
        .and.not.have.any.keys('holdTime', 'keepaliveTime')
      await create(peer('odd', { holdTime: '0s', keepaliveTime: '0s' }, 'v1beta1'))
      expect(await metallb.eventOf('odd', 'ConfigurationWarning')).to.include(
        'BGPPeer odd: spec.holdTime: "0s" turns the timers of the session off',
      )
      const [event] = await metallb.eventsOf('odd')
      expect(event).to.include({ type: 'Warning' })
      expect(event?.involvedObject).to.include({ apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer' })
      expect(await metallb.eventsOf('older')).to.deep.equal([])
      expect(await metallb.eventsOf('bare')).to.deep.equal([])
      expect((await stateOf('speaker-n1'))?.result).to.equal('Valid')
    })

    it('may be written again as v1beta2, unchanged, with its port 0', async () => {
      const before = await readPeer('older')
      await replace(before)
      expect((await readPeer('older')).metadata?.generation).to.equal(before.metadata?.generation)
      await metallb.kubectl('label', 'bgppeers.v1beta2.metallb.io', 'older', 'a=b')
      expect((await readPeer('older')).spec?.peerPort).to.equal(0)
    })

    it('loses what only v1beta2 has when it is written again as v1beta1', async () => {
      await create(peer('newer', { vrf: 'red', connectTime: '10s' }))
      await replace(await readPeer('newer', 'v1beta1'))
      expect((await readPeer('newer')).spec).not.to.have.any.keys('vrf', 'connectTime')
    })
  })

  it('names object and field of a reference to nothing, until that is there', async () => {
    await create(peer('fast', { peerAddress: '192.0.2.2', bfdProfile: 'quick' }))
    const summary = await errorOf(
      'speaker-n1',
      'BGPPeer fast: spec.bfdProfile: "quick" is not the name of a BFDProfile',
    )
    expect(summary).to.include('create the BFDProfile')
    expect(await metallb.eventOf('fast', 'ConfigurationError')).to.equal(summary)
    expect((await stateOf('controller'))?.result).to.equal('Valid')
    await create(object('BFDProfile', 'quick', {}))
    await isValid('speaker-n1')
  })

  it('finds the password of a peer in a Secret, and shows it to nobody', async () => {
    await create(peer('secretive', { peerAddress: '192.0.2.3', passwordSecret: { name: 'session' } }))
    await errorOf('speaker-n1', 'BGPPeer secretive: spec.passwordSecret: "session" is not a Secret')
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'session', namespace } }
    await create({ ...secret, type: 'Opaque', stringData: { password: 'hidden' } })
    await errorOf('speaker-n1', 'is a Secret of the wrong type (Opaque)')
    await remove('secret', 'session')
    await create({ ...secret, type: 'kubernetes.io/basic-auth', stringData: { username: '', password: 'hidden' } })
    await isValid('speaker-n1')
    expect(processes.map((process) => process.output()).join('')).not.to.include('hidden')
  })

  it('is judged by a speaker only as far as it concerns its node, and by the controller everywhere', async () => {
    const nodeSelectors = [{ matchLabels: { 'kubernetes.io/hostname': 'elsewhere' } }]
    await create(peer('foreign', { bfdProfile: 'absent', nodeSelectors }))
    await metallb.eventOf('foreign', 'ConfigurationError')
    expect((await stateOf('speaker-n1'))?.result).to.equal('Valid')
    await metallb.kubectl('label', 'node', 'n1', 'kubernetes.io/hostname=elsewhere', '--overwrite')
    await errorOf('speaker-n1', 'BGPPeer foreign: spec.bfdProfile')
    await remove('bgppeer', 'foreign')
    await isValid('speaker-n1')
  })

  it('tells every error at once, the controller those that concern addresses', async () => {
    await create(pool('p1', { addresses: ['198.51.100.0/26'] }))
    await create(pool('p2', { addresses: ['198.51.100.0/28'] }))
    await create(object('BGPAdvertisement', 'wide', { aggregationLength: 24, communities: ['gold'] }))
    const summary = await errorOf('speaker-n1', 'BGPAdvertisement wide: spec.aggregationLength')
    expect(summary)
      .to.include('IPAddressPool p2: spec.addresses[0]')
      .and.include('BGPAdvertisement wide: spec.communities[0]')
    expect(await errorOf('controller', 'IPAddressPool p2')).not.to.include('BGPAdvertisement')
    await metallb.eventOf('p2', 'ConfigurationError')
    await metallb.eventOf('wide', 'ConfigurationError')
    await remove('bgpadvertisement', 'wide')
    await remove('ipaddresspool', 'p2')
    await Promise.all([isValid('speaker-n1'), isValid('controller')])
  })

  it('refuses text for FRR, which nobody would read', async () => {
    const data = { extras: 'router bgp 64512\n neighbor 192.0.2.1 password hidden\n' }
    await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bgpextras', namespace }, data })
    const summary = await errorOf('speaker-n1', 'ConfigMap bgpextras: data.extras: "2 lines"')
    expect(summary).not.to.include('hidden')
    await metallb.eventOf('bgpextras', 'ConfigurationError')
    await remove('configmap', 'bgpextras')
    await isValid('speaker-n1')
  })
})
