import { expect } from 'chai'
import type { Withheld } from '../allocation/withheld.ts'
import { parseAddress } from '../net/address.ts'
import { WithheldWarnings } from './withheld-warnings.ts'

const withheld = (address: string, by: string, reason: Withheld['reason'] = 'NodeAddress'): Withheld => ({
  ...{ address: parseAddress(address), reason, by },
})

describe('the warnings about addresses that somebody else has too', () => {
  const warned: string[] = []
  let warnings: WithheldWarnings

  beforeEach(() => {
    warned.length = 0
    warnings = new WithheldWarnings({
      holdersOf: ({ value }) => (value === parseAddress('192.0.2.1').value ? ['default/a', 'default/b'] : []),
      warn: (service, { reason, message }) => warned.push(`${service} ${reason}: ${message}`),
    })
  })

  it('are told once to each Service that has one, and again when the node comes back', () => {
    const addresses = [withheld('192.0.2.1', 'n1'), withheld('192.0.2.2', 'n2')]
    warnings.look(addresses)
    expect(warned).to.have.length(2)
    expect(warned[0]).to.include('default/a NodeAddress: 192.0.2.1 is an address of node n1, too')
    warnings.look(addresses)
    expect(warned).to.have.length(2)
    warnings.look([])
    warnings.look(addresses)
    expect(warned).to.have.length(4)
  })

  it('say that it is a default gateway, and of which node', () => {
    warnings.look([withheld('192.0.2.1', 'n1', 'Gateway')])
    expect(warned[0]).to.include('default/a Gateway: 192.0.2.1 is the default gateway of node n1, too')
  })
})
