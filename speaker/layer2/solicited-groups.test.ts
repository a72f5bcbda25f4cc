import { readdirSync } from 'node:fs'
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

  const descriptors = () => readdirSync('/proc/self/fd').length
  const address = (i: number) => ({ ...parseAddress('2001:db8::'), value: (0x20010db8n << 96n) + BigInt(i) })

  it('keep no socket for which there is no group', () => {
    const groups = new SolicitedGroups(interfaceIndex('lo'))
    const before = descriptors()
    for (let i = 0; i < 3; i++) {
      groups.add(address(i))
      groups.add({ family: 6, value: address(i).value + (1n << 64n) }) // of the same group
      expect(descriptors()).to.equal(before + 1)
      groups.remove(address(i))
      groups.remove({ family: 6, value: address(i).value + (1n << 64n) })
      expect(descriptors()).to.equal(before)
    }
  })

  it('use the room that became free in a full socket', () => {
    const groups = new SolicitedGroups(interfaceIndex('lo'))
    const before = descriptors()
    let count = 0
    while (descriptors() < before + 2 && count < 10_000) groups.add(address(count++))
    for (let i = 0; i < 50; i++) groups.remove(address(i))
    for (let i = 0; i < 50; i++) groups.add(address(count++))
    const sockets = descriptors() - before
    groups.close()
    expect(sockets).to.equal(2)
    expect(descriptors()).to.equal(before)
  })
})
