import type { V1Node } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { Withheld } from '../allocation/withheld.ts'
import { ObjectStore } from '../kube/store.ts'
import { settle } from '../kube/testing/virtual-clock.ts'
import { parseAddress } from '../net/address.ts'
import { followNodeAddresses, nodeAddressesOf } from './node-addresses.ts'

const node = (name: string, addresses: [type: string, address: string][], resourceVersion = '1'): V1Node => ({
  metadata: { name, resourceVersion },
  status: { addresses: addresses.map(([type, address]) => ({ type, address })) },
})
const withheld = (address: string, by: string): Withheld => ({
  address: parseAddress(address),
  reason: 'NodeAddress',
  by,
})

describe('the addresses of nodes', () => {
  it('are the internal and external ones that can be read', () => {
    const addresses: [string, string][] = [
      ['InternalIP', '192.0.2.1'],
      ['InternalIP', '2001:db8::1'],
      ['ExternalIP', '198.51.100.1'],
      ['Hostname', 'n1'],
      ['InternalIP', 'pending'],
    ]
    expect(nodeAddressesOf([node('n1', addresses), { metadata: { name: 'new' } }])).to.deep.equal([
      withheld('192.0.2.1', 'n1'),
      withheld('2001:db8::1', 'n1'),
      withheld('198.51.100.1', 'n1'),
    ])
  })

  it('are told at once, and once for changes that arrive together, and not for other changes', async () => {
    const store = new ObjectStore<V1Node>()
    store.apply(node('n1', [['InternalIP', '192.0.2.1']]))
    const told: Withheld[][] = []
    const stop = followNodeAddresses(store, (addresses) => told.push(addresses))
    expect(told).to.deep.equal([[withheld('192.0.2.1', 'n1')]])

    store.apply(node('n1', [['InternalIP', '192.0.2.1']], '2'))
    await settle()
    expect(told).to.have.length(1)

    store.apply(node('n2', [['InternalIP', '192.0.2.2']]))
    store.remove('n1')
    await settle()
    expect(told.slice(1)).to.deep.equal([[withheld('192.0.2.2', 'n2')]])

    store.remove('n2')
    stop()
    await settle()
    expect(told).to.have.length(2)
  })
})
