import { expect } from 'chai'
import { parseAddress } from '../../net/address.ts'
import { Neighbourhood, vip } from './testing/neighbourhood.ts'

describe('A node that comes back', () => {
  let town: Neighbourhood

  describe('with a delay before addresses come back', () => {
    it('waits when they have moved, and takes them back then', async () => {
      town = await Neighbourhood.three({ failbackMillis: 5000 })
      town.powerOff('x')
      await town.pass(200)
      town.house('x').hasPower = true
      town.restart('x')
      await town.pass(2)
      expect(town.house('x').said.at(-1)).to.equal('serving') // of the life before
      await town.pass(45)
      expect(town.house('x').said.at(-1)).to.equal('returning')
      expect(town.answers(vip)).to.deep.equal(['y: y'])
      await town.pass(5000)
      expect(town.house('x').said.at(-1)).to.equal('serving')
      await town.pass(5)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })

    it('does not wait when a stand-in has kept them', async () => {
      town = await Neighbourhood.three({ failbackMillis: 5000 })
      town.kill('x')
      await town.pass(200)
      town.restart('x')
      await town.pass(130)
      expect(town.answers(vip)).to.deep.equal(['x: x', 'y: x'])
      expect(town.house('x').said).not.to.include('returning')
    })

    it('does not take what others announce of their own for its addresses', async () => {
      town = await Neighbourhood.three({ failbackMillis: 5000 })
      const others = '192.0.2.77'
      town.tell([others], ['y', 'x', 'z'])
      town.kill('x')
      await town.pass(200)
      town.restart('x')
      town.house('x').tell([others], ['y', 'x', 'z'])
      for (let i = 0; i < 26; i++) {
        const { mac } = town.house('y') // every 5 ms, as in the seconds after its own start
        town.deliver(town.house('x'), { address: parseAddress(others), mac, sender: mac, kind: 'announcement' })
        await town.pass(5)
      }
      expect(town.answers(vip)).to.deep.equal(['x: x', 'y: x'])
      expect(town.house('x').said).not.to.include('returning')
    })

    it('has a waiting node step in where no other can', async () => {
      town = await Neighbourhood.three({ failbackMillis: 5000 })
      town.powerOff('x')
      await town.pass(200)
      town.house('x').hasPower = true
      town.restart('x')
      await town.pass(200)
      expect(town.house('x').said.at(-1)).to.equal('returning')
      town.powerOff('y')
      town.powerOff('z')
      await town.pass(250)
      expect(town.answers(vip)).to.deep.equal(['x: x'])

      const { mac } = town.house('y') // which is back, and does not know yet that x only waits
      town.deliver(town.house('x'), { address: parseAddress(vip), mac, sender: mac, kind: 'announcement' })
      await town.pass(2)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
      town.house('x').believe('y', { life: 'alive', phase: 'serving' })
      await town.pass(501)
      expect(town.answers(vip)).to.deep.equal([])
    })
  })
})
