import { expect } from 'chai'
import { Cluster } from '../hack/lab/cluster.ts'
import {
  addressesOf,
  answeringNode,
  askAfresh,
  createMetalLB,
  installOperator,
  killBundle,
  namespace,
  nodeNamed,
  poolAndAdvertisement,
  restartsOfSpeakers,
  rollout,
  waitAvailable,
  webService,
} from '../hack/lab/metallb.ts'
import { until } from '../hack/lab/wait.ts'

const minute = 60_000

describe('one MetalLB resource in a whole cluster', function () {
  this.timeout(3 * minute)
  let lab: Cluster

  const get = (...argv: string[]) => lab.kubectl(['-n', namespace, 'get', ...argv])
  const json = async <T>(...argv: string[]): Promise<T> => JSON.parse(await get(...argv, '-o', 'json'))
  const apply = (manifest: string) => lab.kubectl(['apply', '-f', '-'], { input: manifest })
  const patchMetalLB = (spec: object) =>
    lab.kubectl(['-n', namespace, 'patch', 'metallb', 'metallb', '--type=merge', '-p', JSON.stringify({ spec })])
  const pageFrom = (address: string) =>
    until(
      `a page from ${address}`,
      async () => {
        const { status, body } = await askAfresh(lab, address)
        return status === 200 ? body : undefined
      },
      { timeoutMillis: minute },
    )
  const addressOf = async (service: string) => (await addressesOf(lab, service))[0] ?? ''
  const podsOf = async (component: string) => {
    const list = await json<{ items: { metadata: { name: string; uid: string }; spec: { nodeName: string } }[] }>(
      'pods',
      '-l',
      `component=${component}`,
    )
    return list.items
  }

  before(async () => {
    lab = await Cluster.start({ nodes: 3 })
    await installOperator(lab)
  })
  after(() => lab?.stop())

  it('refuses a MetalLB of another name and says which name is right', async () => {
    const other = { apiVersion: 'metallb.io/v1beta1', kind: 'MetalLB', metadata: { name: 'other', namespace } }
    const answer = await apply(JSON.stringify(other)).then(
      () => 'accepted',
      (error: Error) => error.message,
    )
    expect(answer).to.contain('its name is metallb')
  })

  it('becomes Available when controller and speakers run', async () => {
    await createMetalLB(lab)
    expect(await podsOf('controller')).to.have.length(1)
    expect(await podsOf('speaker')).to.have.length(3)
  })

  for (const externalTrafficPolicy of ['Cluster', 'Local'] as const) {
    it(`serves a page to a client outside with externalTrafficPolicy ${externalTrafficPolicy}`, async () => {
      const name = externalTrafficPolicy.toLowerCase()
      await apply(poolAndAdvertisement([lab.addresses.vipRange.v4]))
      await apply(webService({ name, replicas: externalTrafficPolicy === 'Local' ? 1 : 3, externalTrafficPolicy }))
      await rollout(lab, `deployment/${name}`)
      const body = await pageFrom(await addressOf(name))
      expect(body).to.contain(`pod=${name}-`)
      if (externalTrafficPolicy === 'Local') {
        expect(body).to.contain(`client=${lab.client.address.v4}`)
        expect(body).to.contain(`node=${await answeringNode(lab, await addressOf(name))}`)
      }
    })
  }

  it('keeps every address when the controller is killed', async () => {
    const before = await addressOf('cluster')
    const node = (await podsOf('controller'))[0]?.spec.nodeName ?? ''
    await killBundle(nodeNamed(lab, node), 'controller')
    await apply(webService({ name: 'later', replicas: 1, externalTrafficPolicy: 'Cluster' }))
    const later = await addressOf('later')
    expect(later).not.to.equal(before)
    expect(await addressOf('cluster')).to.equal(before)
  })

  it('serves on when the speaker that answers is killed', async () => {
    const address = await addressOf('cluster')
    await pageFrom(address)
    const owner = (await answeringNode(lab, address)) ?? ''
    await killBundle(nodeNamed(lab, owner), 'speaker')
    await pageFrom(address)
    await until('the kubelet restarts it', async () => (await restartsOfSpeakers(lab)) > 0, { timeoutMillis: minute })
    await rollout(lab, 'daemonset/speaker', namespace)
    await pageFrom(address)
  })

  it('moves the address to another node when its node loses power', async () => {
    const address = await addressOf('cluster')
    await pageFrom(address)
    const owner = (await answeringNode(lab, address)) ?? ''
    const node = nodeNamed(lab, owner)
    await node.powerOff()
    await until(
      'another node answers',
      async () => {
        await askAfresh(lab, address)
        const answering = await answeringNode(lab, address)
        return answering !== undefined && answering !== owner
      },
      { timeoutMillis: minute },
    )
    await pageFrom(address)
    await node.powerOn()
    await until('the node is back', async () => (await podsOf('speaker')).length === 3, { timeoutMillis: minute })
    await rollout(lab, 'daemonset/speaker', namespace)
    await waitAvailable(lab)
  })

  it('rolls a changed log level, tolerations and node selector out to the pods', async () => {
    await lab.kubectl(['label', 'node', 'n1', 'n2', 'edge=yes'])
    await patchMetalLB({
      logLevel: 'debug',
      nodeSelector: { edge: 'yes' },
      speakerTolerations: [{ key: 'example.com/edge', operator: 'Exists', effect: 'NoSchedule' }],
    })
    const speakers = await until(
      'speakers with the new log level on two nodes',
      async () => {
        const pods = await podsOf('speaker')
        const nodes = pods.map(({ spec }) => spec.nodeName).sort()
        const rolledOut = pods.every(({ spec }) => JSON.stringify(spec).includes('--log-level=debug'))
        return rolledOut && nodes.join() === 'n1,n2' ? pods : undefined
      },
      { timeoutMillis: minute },
    )
    expect(JSON.stringify(speakers.at(0)?.spec))
      .to.contain('--log-level=debug')
      .and.contain('example.com/edge')
    await rollout(lab, 'daemonset/speaker', namespace)
    await waitAvailable(lab)
    await patchMetalLB({ logLevel: null, nodeSelector: null, speakerTolerations: null })
    await until('speakers on three nodes', async () => (await podsOf('speaker')).length === 3, {
      timeoutMillis: minute,
    })
    await rollout(lab, 'daemonset/speaker', namespace)
  })

  it('is gone with the resource, and the addresses stay in the Services', async () => {
    const address = await addressOf('cluster')
    const written = () => get('secrets,servicel2statuses,configurationstates', '-o', 'name')
    expect(await written())
      .to.match(/^secret\/.*memberlist$/m)
      .and.match(/^servicel2status/m)
      .and.match(/^configurationstate/m)
    await lab.kubectl(['-n', namespace, 'delete', 'metallb', 'metallb'])
    await until(
      'no operand is left',
      async () => (await get('deployments,daemonsets,configmaps', '-l', 'app=metallb', '-o', 'name')) === '',
      { timeoutMillis: minute },
    )
    await until('no pod is left', async () => (await get('pods', '-l', 'app=metallb', '-o', 'name')) === '', {
      timeoutMillis: minute,
    })
    await until('nothing that controller and speakers wrote is left', async () => (await written()) === '', {
      timeoutMillis: minute,
    })
    expect(await addressOf('cluster')).to.equal(address)
  })
})
