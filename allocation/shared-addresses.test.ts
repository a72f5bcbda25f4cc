import { expect } from 'chai'
import fc from 'fast-check'
import { SharedAddresses } from './shared-addresses.ts'

describe('shared addresses', () => {
  it('find the lowest address with all ports open, as a look at every address does', () => {
    const ports = fc.subarray(['TCP/80', 'TCP/443', 'UDP/53'], { minLength: 1 })
    const operation = fc.record({ position: fc.nat(6), service: fc.nat(3), ports })
    const property = fc.property(fc.array(operation, { maxLength: 40 }), ports, (operations, wanted) => {
      const shared = new SharedAddresses()
      const users = new Map<number, Map<number, string[]>>()
      for (const { position, service, ports: wish } of operations) {
        const at = users.get(position) ?? new Map<number, string[]>()
        const present = at.get(service)
        const isOpen = ![...at.values()].flat().some((port) => wish.includes(port))
        if (present !== undefined) {
          shared.vacate(BigInt(position), present)
          at.delete(service)
          if (at.size === 0) shared.removeAddress(BigInt(position))
        } else if (isOpen) {
          if (at.size === 0) shared.addAddress(BigInt(position))
          shared.occupy(BigInt(position), wish)
          at.set(service, wish)
        }
        users.set(position, at)
      }
      const candidates = [...users].filter(([, at]) => at.size > 0).map(([position]) => position)
      const expected = candidates
        .sort((a, b) => a - b)
        .find((position) => ![...users.get(position)!.values()].flat().some((port) => wanted.includes(port)))
      expect(shared.lowestFor(wanted, 0n)).to.equal(expected === undefined ? undefined : BigInt(expected))
      expect(shared.isEmpty).to.equal(candidates.length === 0)
    })
    fc.assert(property, { numRuns: 500 })
  })
})
