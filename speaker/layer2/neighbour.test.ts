import { expect } from 'chai'
import { parseAddress } from '../../net/address.ts'
import { alsoAt } from './neighbour.ts'

const [ipv4, linkLocal, global] = ['192.0.2.1', 'fe80::1', '2001:db8::1'].map(parseAddress) as [never, never, never]

describe('A neighbour', () => {
  it('may have an address more than its links tell: of IPv6 they tell the link-local one', () => {
    const links = [{ mac: '02:00:00:00:00:01', ipv4, ipv6: linkLocal }, { mac: '02:00:00:00:00:02' }]
    expect(alsoAt(global, links)).to.deep.equal([
      { mac: '02:00:00:00:00:01', ipv6: global },
      { mac: '02:00:00:00:00:02', ipv6: global },
    ])
  })

  it('is not asked twice for one address', () => {
    expect(alsoAt(ipv4, [{ mac: '02:00:00:00:00:01', ipv4 }])).to.deep.equal([])
  })
})
