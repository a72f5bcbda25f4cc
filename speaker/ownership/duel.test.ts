import { expect } from 'chai'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { Neighbourhood, vip, vip6 } from './testing/neighbourhood.ts'

describe('Addresses that two hosts have', () => {
  let town: Neighbourhood

  describe('after a partition', () => {
    beforeEach(async () => {
      town = await Neighbourhood.three()
      town.apart = ['x']
      for (const name of ['y', 'z']) town.house(name).believe('x', { life: 'dead' })
      for (const name of ['y', 'z']) town.house('x').believe(name, { life: 'dead' })
      await town.pass(1000)
      expect(town.answers(vip)).to.deep.equal(['x: x', 'y: y'])
      town.apart = []
    })

    it('has one owner again soon after the first word is heard', async () => {
      town.house('x').on({ type: 'back', name: 'y' })
      await town.pass(25)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })

    it('lets the better one announce again when the worse one has had the last word', async () => {
      const before = town.house('x').announced.length
      town.house('y').on({ type: 'back', name: 'x' })
      await town.pass(25)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
      expect(town.house('x').announced.slice(before)).to.include(vip)
    })
  })

  it('are answered by one or both until one knows that the other has gone into reserve', async () => {
    town = await Neighbourhood.three()
    town.house('y').outranks = (rival) => rival === 'x'
    town.house('z').stop()
    town.apart = ['x']
    town.house('x').believe('y', { life: 'dead' })
    town.house('y').believe('x', { life: 'dead' })
    await town.pass(1000)
    town.apart = []
    town.house('x').isHeard = false // what it says now is lost
    town.house('x').on({ type: 'damped', untilMillis: town.clock.now() + 60_000 })
    await town.pass(2)
    for (const name of ['x', 'y']) town.house(name).on({ type: 'back', name: name === 'x' ? 'y' : 'x' })
    for (let millis = 0; millis < 2000; millis++) {
      if (millis === 60) town.house('x').believe('y', { life: 'alive', phase: 'serving' })
      if (millis === 150) town.house('y').believe('x', { life: 'alive', phase: 'returning' })
      expect(town.answers(vip), `after ${millis} ms`).not.to.deep.equal([])
      await town.pass(1)
    }
    expect(town.answers(vip)).to.deep.equal(['y: y'])
  })

  describe('when speakers cannot hear each other', () => {
    async function twoGroups(): Promise<void> {
      town = new Neighbourhood()
      for (const name of ['x', 'm']) town.add(name).isHeard = false
      for (const house of town.houses.values()) {
        house.start()
        for (const other of town.others(house.name)) {
          house.believe(other.name, { life: 'absent', phase: 'starting' })
          house.company.setUnheard(new Map([[formatAddress(other.address), other.name]]))
        }
      }
    }
    function begin(name: string): void {
      town.house(name).tell([vip], [name])
      town.house(name).on({ type: 'synced' })
      town.house(name).company.settled()
    }

    beforeEach(async () => {
      await twoGroups()
      begin('m')
      await town.pass(121)
      expect(town.answers(vip)).to.deep.equal(['m: m'])
    })

    it('has one owner: who comes later holds back, and asks less and less often', async () => {
      begin('x')
      await town.pass(10_000)
      expect(town.answers(vip)).to.deep.equal(['m: m'])
      expect(town.house('x').probed.length).to.be.lessThan(20)
    })

    it('looks first for as long as the other group is there, also when it has begun', async () => {
      begin('x')
      await town.pass(10)
      town.house('x').tell(['192.0.2.2'], ['x'])
      expect(town.answers('192.0.2.2')).to.deep.equal([])
      await town.pass(121)
      expect(town.answers('192.0.2.2')).to.deep.equal(['x: x'])
    })

    it('knows the others by who answers for their pods, and takes none of them for a stranger', async () => {
      begin('x')
      await town.pass(500)
      expect(town.house('x').conflicts).to.deep.equal([])
    })

    it('settles what both have taken before they knew of each other', async () => {
      await twoGroups()
      for (const house of town.houses.values()) house.company.setUnheard(new Map())
      town.apart = ['x']
      for (const name of ['x', 'm']) begin(name)
      await town.pass(6000)
      expect(town.answers(vip)).to.deep.equal(['x: x', 'm: m'])
      town.house('m').outranks = () => true
      town.apart = []
      town.house('x').company.setUnheard(new Map([[formatAddress(town.house('m').address), 'm']]))
      town.house('m').company.setUnheard(new Map([[formatAddress(town.house('x').address), 'x']]))
      await town.pass(20)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })

    it('takes over when the other one has gone', async () => {
      begin('x')
      await town.pass(1000)
      town.house('m').stop()
      await town.pass(800 + 520 + 41)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })

    it('settles a duel by one election over both', async () => {
      begin('x')
      town.house('m').outranks = () => true
      town.house('x').company.setUnheard(new Map())
      town.house('x').tell(['192.0.2.2'], ['x'])
      town.house('m').company.setUnheard(new Map())
      town.house('m').tell(['192.0.2.2'], ['m'])
      await town.pass(5)
      expect(town.answers('192.0.2.2')).to.deep.equal(['x: x'])
    })
  })

  describe('when a host that is no speaker has an address', () => {
    const mac = '02:ff:ff:ff:ff:ff'

    it('reports and defends, at most every 10 s', async () => {
      town = await Neighbourhood.three()
      const x = town.house('x')
      const before = x.announced.length
      for (let i = 0; i < 100; i++) {
        town.deliver(x, { address: { family: 4, value: 0xc0000201n }, mac, sender: mac, kind: 'announcement' })
        await town.pass(200)
      }
      expect(x.conflicts).to.have.length(2)
      expect(x.conflicts[0]).to.deep.include({ mac, services: [vip], interface: 'eth0' })
      expect(x.announced.slice(before)).to.deep.equal([vip, vip])
    })

    it('is not kept from taking over by a router that answers for everything', async () => {
      town = await Neighbourhood.three()
      town.strangers.set(vip, mac)
      town.powerOff('x')
      await town.pass(121)
      expect(town.answers(vip)).to.deep.equal(['y: y'])
      expect(town.house('y').conflicts).to.have.length(1)
    })

    it('takes no offence at the kernel of a node that asks for others with the address', async () => {
      town = await Neighbourhood.three()
      const y = town.house('y').mac
      town.deliver(town.house('x'), { address: { family: 4, value: 0xc0000201n }, mac: y, sender: y, kind: 'use' })
      await town.pass(5)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
      expect(town.house('x').conflicts).to.deep.equal([])
      expect(town.house('x').announced).to.deep.equal([vip, vip6])
    })

    it('takes no offence at a host that only asks whether the address is free', async () => {
      town = await Neighbourhood.three()
      town.deliver(town.house('x'), { address: parseAddress(vip), mac, sender: mac, kind: 'probe' })
      await town.pass(5)
      expect(town.house('x').conflicts).to.deep.equal([])
    })
  })
})
