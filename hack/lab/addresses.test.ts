import { expect } from 'chai'
import { addressesOf, lastNode, lastVip } from './addresses.ts'

const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

describe('addresses of a lab', () => {
  it('start at 172.30.0.0/24 and fd00:30::/64', () => {
    const { subnet, node, vip } = addressesOf(0)
    expect(subnet).to.deep.equal({ v4: '172.30.0.0/24', v6: 'fd00:30::/64' })
    expect(node(1)).to.deep.equal({ v4: '172.30.0.11', v6: 'fd00:30::11' })
    expect(vip(0)).to.deep.equal({ v4: '172.30.0.200', v6: 'fd00:30::200' })
  })

  it('carry the index of the lab, in IPv6 as hexadecimal', () => {
    expect(addressesOf(255).client).to.deep.equal({ v4: '172.30.255.100', v6: 'fd00:30:0:ff::100' })
  })

  it('are all different, so many nodes and Services as there may be', () => {
    const { gateway, controlPlane, router, client, host, node, vip } = addressesOf(3)
    const all = [
      gateway,
      controlPlane,
      router,
      client,
      host,
      ...numbers(1, lastNode).map(node),
      ...numbers(0, lastVip).map(vip),
    ]
    expect(new Set(all.map(({ v4 }) => v4)).size).to.equal(all.length)
    expect(new Set(all.map(({ v6 }) => v6)).size).to.equal(all.length)
  })

  it('end where the numbers do', () => {
    expect(() => addressesOf(0).vip(lastVip + 1)).to.throw(RangeError)
    expect(() => addressesOf(0).node(lastNode + 1)).to.throw(RangeError)
    expect(() => addressesOf(0).vip(0.5)).to.throw(RangeError)
  })
})
