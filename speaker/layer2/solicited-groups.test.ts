import { expect } from 'chai'
import { parseAddress } from '../../net/address.ts'
import { interfaceIndex } from '../../net/rawnet/index.ts'
import { needsAddon } from '../../net/rawnet/testing/needs-addon.ts'
import { SolicitedGroups } from './solicited-groups.ts'

describe('SolicitedGroups', () => {
  before(needsAddon)

  it('keep no closed socket', () => {
    const groups = new SolicitedGroups(interfaceIndex('lo'))
    const address = parseAddress('2001:db8::10')
    groups.add(address)
    groups.close()
    expect(() => groups.add(address)).not.to.throw()
    groups.close()
  })
})
