import type { V1Node } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { SpeakerStatus } from '../crds/generated/types.ts'
import { ObjectStore } from '../kube/store.ts'
import { settle } from '../kube/testing/virtual-clock.ts'
import { formatAddress } from '../net/address.ts'
import { followGateways } from './gateways.ts'

describe('the default gateways of nodes', () => {
  let statuses: ObjectStore<SpeakerStatus>
  let nodes: ObjectStore<V1Node>
  let told: string[][]
  let stop: () => void
  let version = 0

  const metadata = (name: string) => ({ name, resourceVersion: `${++version}` })
  const tell = (node: string, ...defaultGateways: string[]) =>
    statuses.apply({ metadata: metadata(node), status: { defaultGateways } })

  beforeEach(() => {
    statuses = new ObjectStore()
    nodes = new ObjectStore()
    told = []
    for (const node of ['n1', 'n2']) nodes.apply({ metadata: metadata(node) })
    tell('n2', '192.0.2.1')
    tell('n1', '192.0.2.1', '2001:db8::1', 'nonsense')
    stop = followGateways({
      ...{ statuses, nodes },
      listener: (addresses) => told.push(addresses.map(({ address, by }) => `${formatAddress(address)} ${by}`)),
    })
  })
  afterEach(() => stop())

  it('are told at once, as far as they can be read, in the order of the nodes', () => {
    expect(told).to.deep.equal([['192.0.2.1 n1', '2001:db8::1 n1', '192.0.2.1 n2']])
  })

  it('are told again when a speaker sees others, once for changes that arrive together, and not for the rest', async () => {
    tell('n1', '192.0.2.9')
    tell('n2')
    await settle()
    tell('n1', '192.0.2.9')
    await settle()
    expect(told.slice(1)).to.deep.equal([['192.0.2.9 n1']])
  })

  it('outlive the SpeakerStatus, which goes with every pod, and not the node', async () => {
    statuses.remove('n1')
    await settle()
    expect(told).to.have.length(1)
    nodes.remove('n1')
    await settle()
    expect(told.slice(1)).to.deep.equal([['192.0.2.1 n2']])
  })

  it('are forgotten with the SpeakerStatus where the node went first', async () => {
    nodes.remove('n1')
    statuses.remove('n1')
    await settle()
    expect(told.slice(1)).to.deep.equal([['192.0.2.1 n2']])
  })
})
