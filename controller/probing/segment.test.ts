import { expect } from 'chai'
import type { SpeakerStatus } from '../../crds/generated/types.ts'
import { parseAddress } from '../../net/address.ts'
import { nodesNear, strangersAmong } from './segment.ts'

const status = (name: string, prefixes: string[], hardwareAddresses: string[] = []): SpeakerStatus => ({
  metadata: { name },
  status: { networks: prefixes.map((prefix) => ({ interface: 'eth0', prefix })), hardwareAddresses },
})

describe('the nodes near an address', () => {
  const statuses = [
    status('n2', ['192.0.2.0/24', '2001:db8::/64']),
    status('n1', ['192.0.2.0/24', 'nonsense']),
    status('n3', ['198.51.100.0/24']),
    { metadata: { name: 'new' } },
  ]
  const near = (address: string) => nodesNear(parseAddress(address), statuses)

  it('are those with a network that has it', () => {
    expect(near('2001:db8::7')).to.deep.equal(['n2'])
    expect(near('203.0.113.1')).to.deep.equal([])
  })

  it('take turns: each address begins with another one', () => {
    expect(near('192.0.2.4')).to.deep.equal(['n1', 'n2'])
    expect(near('192.0.2.5')).to.deep.equal(['n2', 'n1'])
  })
})

describe('strangers', () => {
  it('are all but the speakers', () => {
    const statuses = [status('n1', [], ['02:00:00:00:00:01']), status('n2', [], ['02:00:00:00:00:02'])]
    const macs = ['02:00:00:00:00:02', '02:00:00:00:00:99', '02:00:00:00:00:01']
    expect(strangersAmong(macs, statuses)).to.deep.equal(['02:00:00:00:00:99'])
  })
})
