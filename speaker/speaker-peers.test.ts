import type { V1Pod } from '@kubernetes/client-node'
import { expect } from 'chai'
import { formatAddress } from '../net/address.ts'
import { peersOf } from './speaker-peers.ts'

function pod(nodeName: string | undefined, ips: string[], more: { ends?: boolean; phase?: string } = {}): V1Pod {
  return {
    metadata: more.ends ? { deletionTimestamp: new Date(0) } : {},
    spec: { containers: [], ...(nodeName === undefined ? {} : { nodeName }) },
    status: { phase: more.phase ?? 'Running', podIPs: ips.map((ip) => ({ ip })) },
  }
}

const texts = (pods: V1Pod[], family: 4 | 6 = 4) =>
  peersOf(pods, family).map(({ name, address }) => `${name} ${formatAddress(address)}`)

describe('the peers that the API knows of', () => {
  it('are the nodes of the speaker pods, at the addresses of the family that is spoken', () => {
    const pods = [pod('n1', ['192.0.2.1', '2001:db8::1']), pod('n2', ['2001:db8::2', '192.0.2.2'])]
    expect(texts(pods)).to.deep.equal(['n1 192.0.2.1', 'n2 192.0.2.2'])
    expect(texts(pods, 6)).to.deep.equal(['n1 2001:db8::1', 'n2 2001:db8::2'])
  })

  it('are not pods without a node, without an address, or that have ended', () => {
    const pods = [
      pod(undefined, []),
      pod('n1', []),
      pod('n2', ['192.0.2.2'], { phase: 'Failed' }),
      pod('n3', ['192.0.2.3'], { phase: 'Pending' }),
    ]
    expect(texts(pods)).to.deep.equal(['n3 192.0.2.3'])
  })

  it('are pods that terminate too, unless another one has followed', () => {
    const old = pod('n1', ['192.0.2.1'], { ends: true })
    const young = pod('n1', ['192.0.2.11'])
    expect(texts([old])).to.deep.equal(['n1 192.0.2.1'])
    expect(texts([old, young])).to.deep.equal(['n1 192.0.2.11'])
    expect(texts([young, old])).to.deep.equal(['n1 192.0.2.11'])
  })
})
