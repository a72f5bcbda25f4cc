import type { V1Condition, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { formatGeneration, generationOf } from '../config/generation.ts'
import type { SpeakerStatus } from '../crds/generated/types.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import type { KubeObject } from '../kube/object.ts'
import { Installation } from './installation.fixture.ts'
import { namespace, object, pool, service } from './objects.fixture.ts'
import { Speakers } from './speakers.fixture.ts'

const nodeNames = ['n1', 'n2']
/** A speaker counts as behind after ten seconds. */
const patience = { timeoutMillis: 30_000 }
const many = Array.from({ length: 40 }, (_, index) => `many-${index}`)

/** The controller with the rights of its own service account. What speakers say of themselves is written by the test. */
describe('whether a Service is announced, at a real API server', function () {
  this.timeout(90_000)
  let metallb: Installation
  let controller: LabProcess

  const patch = (resource: string, body: object, ...flags: string[]) =>
    metallb.lab.kubectl(['patch', ...resource.split(' '), ...flags, '-p', JSON.stringify(body)])
  const ofMetalLB = ['-n', namespace]

  async function putSpeaker(
    node: string,
    status: SpeakerStatus['status'] = { phase: 'Serving', interfaces: ['eth0'] },
  ) {
    await metallb.apply(object('SpeakerStatus', node, {}, 'v1alpha1'))
    await patch(`speakerstatus ${node}`, { status }, ...ofMetalLB, '--subresource=status', '--type=merge')
  }
  const putSpeakers = (status?: SpeakerStatus['status']) =>
    Promise.all(nodeNames.map((node) => putSpeaker(node, status)))
  const removeSpeaker = (node: string) => metallb.remove('speakerstatus', node, namespace)
  const putNode = (node: string, type: string, status: 'True' | 'False') =>
    patch(`node ${node}`, { status: { conditions: [{ type, status }] } }, '--subresource=status')
  const labelNodes = (...labels: string[]) => metallb.lab.kubectl(['label', 'nodes', '--all', '--overwrite', ...labels])
  const putAdvertisement = (spec: object = {}) => metallb.apply(object('L2Advertisement', 'lan', spec))

  const conditionOf = async (name = 'web'): Promise<V1Condition | undefined> =>
    (await metallb.read<V1Service>('service', name)).status?.conditions?.find(
      ({ type }) => type === 'metallb.io/Announced',
    )
  const told = (status: string, reason: string, name = 'web'): Promise<V1Condition> =>
    until(
      `${name} is told ${status} ${reason}`,
      async () => {
        const condition = await conditionOf(name)
        if (condition?.status !== status || condition.reason !== reason) throw new Error(JSON.stringify(condition))
        return condition
      },
      patience,
    )
  const versions = async () =>
    (await metallb.list<V1Service>('services')).map(({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`)

  before(async () => {
    metallb = await Installation.start({ nodes: nodeNames.length })
    await metallb.apply(pool('lan', { addresses: ['172.30.0.128/25'] }))
    await putAdvertisement()
    await putSpeakers()
    await metallb.apply(endpointSlice('web', ['n1']))
    controller = await metallb.run('controller')
  })
  after(() => metallb?.stop())

  it('is True with endpoints, an advertisement and a speaker, in the same write as the address', async () => {
    await metallb.apply(service('web'))
    await metallb.addressesOf('web')
    const { message } = (await conditionOf())!
    expect(message).to.equal('a node announces it in Layer 2 mode; its ServiceL2Status says which')
    const yaml = await metallb.lab.kubectl(['get', 'service', 'web', '-o', 'yaml'])
    expect(yaml).to.match(/reason: Announced\n +status: "True"\n +type: metallb\.io\/Announced/)
    await metallb.lab.kubectl(['wait', '--for=condition=metallb.io/Announced', 'service/web', '--timeout=1s'])
  })

  it('is False without a ready endpoint, not before two seconds have passed, and an event says so', async () => {
    await metallb.apply(endpointSlice('web', ['n1'], false))
    const startedMillis = performance.now()
    await told('False', 'NoReadyEndpoints')
    expect(performance.now() - startedMillis).to.be.above(1_800)
    expect(await metallb.eventOf('web', 'NotAnnounced')).to.match(/^NoReadyEndpoints: /)
    await metallb.apply(endpointSlice('web', ['n1']))
    await told('True', 'Announced')
  })

  it('does not follow what lasts less than two seconds', async () => {
    const before = await versions()
    for (let round = 0; round < 3; round++) {
      await metallb.apply(endpointSlice('web', ['n1'], false))
      await metallb.apply(endpointSlice('web', ['n1']))
    }
    // What happens later is told later: when this has been told, nothing else is on its way.
    await metallb.apply(endpointSlice('other', ['n1'], false), service('other'))
    await told('False', 'NoReadyEndpoints', 'other')
    await metallb.apply(endpointSlice('other', ['n1']))
    await told('True', 'Announced', 'other')
    await metallb.remove('service', 'other')
    await until('other is gone', async () => (await versions()).length === before.length)
    expect(await versions()).to.deep.equal(before)
  })

  const reasons: readonly [
    reason: string,
    message: RegExp,
    cause: () => Promise<unknown>,
    cure: () => Promise<unknown>,
  ][] = [
    [
      'NoMatchingAdvertisement',
      /^pool lan is not advertised: no L2Advertisement or BGPAdvertisement names it$/,
      () => metallb.remove('l2advertisement', 'lan', namespace),
      () => putAdvertisement(),
    ],
    [
      'ExcludedByLabel',
      /^every node: the node is labelled to be excluded from load balancing$/,
      () => labelNodes('node.kubernetes.io/exclude-from-external-load-balancers='),
      () => labelNodes('node.kubernetes.io/exclude-from-external-load-balancers-'),
    ],
    [
      'NetworkUnavailable',
      /^every node: the network of the node is unavailable$/,
      () => Promise.all(nodeNames.map((node) => putNode(node, 'NetworkUnavailable', 'True'))),
      () => Promise.all(nodeNames.map((node) => putNode(node, 'NetworkUnavailable', 'False'))),
    ],
    [
      'NoLocalEndpoint',
      /^1 node: traffic policy is Local and the node has no usable endpoint; 1 node: no advertisement of the pool/,
      async () => {
        await labelNodes('zone=a')
        await metallb.lab.kubectl(['label', 'node', 'n2', '--overwrite', 'zone=b'])
        await putAdvertisement({ nodeSelectors: [{ matchLabels: { zone: 'b' } }] })
        await metallb.apply(service('web', {}, { externalTrafficPolicy: 'Local' }))
      },
      async () => {
        await metallb.apply(service('web', {}, { externalTrafficPolicy: 'Cluster' }))
        await putAdvertisement()
      },
    ],
    [
      'InterfaceMissing',
      /^every node: the speaker answers on none of the interfaces that the advertisements allow$/,
      () => putAdvertisement({ interfaces: ['eth9'] }),
      () => putAdvertisement(),
    ],
    [
      'SharedIPWithServiceSelector',
      /^a shared address cannot be announced by an advertisement with service selectors$/,
      async () => {
        await metallb.lab.kubectl(['annotate', 'service', 'web', 'metallb.io/allow-shared-ip=key'])
        await putAdvertisement({
          serviceSelectors: [{ matchExpressions: [{ key: 'none', operator: 'DoesNotExist' }] }],
        })
      },
      async () => {
        await metallb.lab.kubectl(['annotate', 'service', 'web', 'metallb.io/allow-shared-ip-'])
        await putAdvertisement()
      },
    ],
    [
      'NodeUnfit',
      /^every node: the speaker finds that its node cannot carry traffic$/,
      () => putSpeakers({ phase: 'Unfit' }),
      () => putSpeakers(),
    ],
    [
      'BGPNotSpoken',
      /^pool lan is advertised by BGP only, which speakers of this version do not speak$/,
      async () => {
        await metallb.apply(object('BGPAdvertisement', 'far', {}))
        await metallb.remove('l2advertisement', 'lan', namespace)
      },
      async () => {
        await putAdvertisement()
        await metallb.remove('bgpadvertisement', 'far', namespace)
      },
    ],
    [
      'ConfigStale',
      /^every node: the speaker does not go by the newest configuration$/,
      () => putSpeakers({ phase: 'Serving', interfaces: ['eth0'], configGeneration: 'ffffffff' }),
      async () => putSpeakers({ phase: 'Serving', interfaces: ['eth0'], configGeneration: await generation() }),
    ],
  ]
  for (const [reason, message, cause, cure] of reasons) {
    it(`is False with the reason ${reason}`, async () => {
      await cause()
      expect((await told('False', reason)).message).to.match(message)
      await cure()
    })
  }

  it('is True again, and writes no Service when a node and its speaker fail and another takes over, nor when they come back', async () => {
    await putSpeakers()
    await metallb.apply(...many.flatMap((name) => [endpointSlice(name, ['n1']), service(name)]))
    await until('all are announced', async () => {
      const conditions = (await metallb.list<V1Service>('services')).map(({ status }) => status?.conditions ?? [])
      const announced = conditions.filter((all) => all.some(({ reason }) => reason === 'Announced'))
      return announced.length > many.length
    })
    const before = await versions()
    await putNode('n1', 'Ready', 'False')
    await removeSpeaker('n1')
    // A later change of one Service, which the same controller has to tell of, shows that it has seen the failure.
    await metallb.apply(endpointSlice('web', ['n2'], false))
    await told('False', 'NoReadyEndpoints')
    await metallb.apply(endpointSlice('web', ['n2']))
    await putNode('n1', 'Ready', 'True')
    await putSpeaker('n1')
    await told('True', 'Announced')
    const others = (all: string[]) => all.filter((one) => one.startsWith('many-'))
    expect(others(await versions())).to.deep.equal(others(before))
    expect(others(before).length).to.equal(many.length)
  })

  it('writes nothing at a restart of the controller', async () => {
    const before = await versions()
    await controller.stop()
    controller = await metallb.run('controller')
    await metallb.apply(endpointSlice('late', ['n1']), service('late'))
    await told('True', 'Announced', 'late')
    await metallb.apply(endpointSlice('late', ['n1'], false))
    await told('False', 'NoReadyEndpoints', 'late')
    expect((await versions()).filter((one) => !one.startsWith('late '))).to.deep.equal(before)
  })

  it('is False soon after the last speaker went, and not before it could be back, with the reason NoSpeaker, and names no node', async () => {
    const startedMillis = performance.now()
    await Promise.all(nodeNames.map(removeSpeaker))
    const { message } = await until(
      'no speaker',
      async () => {
        const condition = await conditionOf()
        return condition?.reason === 'NoSpeaker' && condition
      },
      { timeoutMillis: 60_000 },
    )
    expect(performance.now() - startedMillis).to.be.within(12_000, 25_000)
    expect(message).to.equal('every node: no serving speaker is known on the node')
  })

  it('goes with the address', async () => {
    await patch('service web', { spec: { type: 'ClusterIP' } })
    await until(
      'no condition is left',
      async () => (await metallb.read<V1Service>('service', 'web')).status?.conditions?.length === undefined,
    )
  })

  /** Of the configuration as it is, as a speaker computes it. */
  async function generation(): Promise<string> {
    const kinds = {
      ...{ pools: 'ipaddresspools', l2Advertisements: 'l2advertisements', bgpAdvertisements: 'bgpadvertisements' },
      ...{ bgpPeers: 'bgppeers', bfdProfiles: 'bfdprofiles', communities: 'communities' },
    }
    const lists = Object.entries(kinds).map(async ([name, plural]) => [
      ...[name, await metallb.list<KubeObject>(`${plural}.metallb.io`)],
    ])
    return formatGeneration(generationOf(Object.fromEntries(await Promise.all(lists))))
  }
})

describe('whether a Service is announced, as real speakers say', function () {
  this.timeout(120_000)
  let speakers: Speakers

  const told = async () =>
    (await speakers.metallb.list<V1Service>('services'))
      .filter(({ spec }) => spec?.type === 'LoadBalancer')
      .map(({ metadata, status }) => {
        const condition = status?.conditions?.find(({ type }) => type === 'metallb.io/Announced')
        return `${metadata?.name} ${metadata?.resourceVersion} ${condition?.reason}`
      })

  before(async () => {
    speakers = await Speakers.start({ nodes: 3, services: 6 })
    await until(
      'all are told that they are announced',
      async () => {
        const all = await told()
        if (!all.every((one) => one.endsWith(' Announced'))) throw new Error(all.join())
        return true
      },
      patience,
    )
  })
  after(() => speakers?.stop())

  it('writes no Service when a speaker is killed, nor when its node goes as well, nor when they come back', async () => {
    const before = await told()
    const owner = await speakers.ownerOf(0)
    await speakers.kill(owner)
    await speakers.answered()
    await speakers.node(owner).cutLink()
    await speakers.answered()
    await speakers.node(owner).restoreLink()
    await speakers.run(owner)
    await speakers.answered()
    await outlasts(before)
  })

  it('writes no Service while all speakers are updated, one after the other', async () => {
    const before = await told()
    for (const name of speakers.nodes) await speakers.restart(name)
    await outlasts(before)
  })

  /** Nothing that has happened by now is written later: the same controller tells a Service of something that happened now. */
  async function outlasts(before: readonly string[]): Promise<void> {
    const { metallb } = speakers
    await metallb.apply(...speakers.service('late', [speakers.spare.v4[0]!, speakers.spare.v6[0]!]))
    await until(
      'late is announced',
      async () => (await told()).some((one) => /^late .* Announced$/.test(one)),
      patience,
    )
    await metallb.apply(endpointSlice('late', ['n1'], false))
    await until(
      'late is told',
      async () => (await told()).some((one) => /^late .* NoReadyEndpoints$/.test(one)),
      patience,
    )
    await metallb.lab.kubectl(['delete', 'service/late', 'endpointslice/late'])
    expect(await told()).to.deep.equal(before)
  }
})

const endpointSlice = (name: string, nodes: string[], ready = true) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
  ...{ addressType: 'IPv4', ports: [{ port: 80 }] },
  endpoints: nodes.map((nodeName) => ({ addresses: ['10.244.1.10'], conditions: { ready }, nodeName })),
})
