import { expect } from 'chai'
import { parseAddress } from '../../net/address.ts'
import { Addresses, type Moment } from './addresses.ts'
import { defaultPace } from './pace.ts'

describe('The table of addresses', () => {
  const vip = parseAddress('192.0.2.1')
  const at: Moment = { nowMillis: 0, outlook: { self: 'x', own: 'serves', isFenced: false, abilityOf: () => 'gone' } }
  let answers: string[]
  let roles: string[]
  let addresses: Addresses

  beforeEach(() => {
    answers = []
    roles = []
    addresses = new Addresses({
      pace: defaultPace,
      layer2: { answer: (_, as) => answers.push(String(as)), announceAgain() {}, probe() {} },
      macOf: () => undefined,
      onNeed() {},
      onRole: (services) => roles.push(...services),
    })
  })

  it('answers an address until the last Service that shares it lets go, and forgets it then', () => {
    addresses.tell('web', [vip], ['x'], at)
    addresses.tell('mail', [vip], ['x'], at)
    addresses.forget('web', at)
    expect(answers).to.deep.equal(['own'])
    expect(addresses.counts.ipv4).to.equal(1)
    addresses.forget('mail', at)
    expect(answers).to.deep.equal(['own', 'nobody'])
    expect(addresses.counts.ipv4).to.equal(0)
    expect(addresses.find(vip)).to.equal(undefined)
  })

  it('tells all Services on an address of its role', () => {
    addresses.tell('web', [vip], ['y'], at)
    addresses.tell('mail', [vip], ['x'], at)
    expect(roles).to.have.members(['web', 'mail'])
  })

  it('takes a Service for owned when all of its addresses are', () => {
    addresses.tell('mail', [vip], ['x'], at)
    addresses.tell('web', [vip, parseAddress('2001:db8::1')], ['y', 'z'], at)
    expect([addresses.owns('mail'), addresses.owns('web'), addresses.owns('none')]).to.deep.equal([true, false, false])
  })
})
