import { expect } from 'chai'
import { parseAddress } from '../../net/address.ts'
import { Neighbourhood } from './testing/neighbourhood.ts'

const vip = '192.0.2.1'
const vip6 = '2001:db8::1'

describe('A node that comes back', () => {
  let town: Neighbourhood

  async function three(options: Parameters<typeof Neighbourhood.of>[1] = {}): Promise<void> {
    town = await Neighbourhood.of(['x', 'y', 'z'], options)
    everybody([vip, vip6])
    await pass(5)
  }

  function everybody(addresses: readonly string[], order: readonly string[] = ['x', 'y', 'z']): void {
    for (const house of town.houses.values()) if (house.isRunning) house.tell(addresses, order)
  }

  /** A new process of the speaker of a node. */
  function restart(name: string): void {
    town.house(name).begin(() => town.house(name).tell([vip, vip6], ['x', 'y', 'z']))
  }

  const pass = (millis: number) => town.clock.advance(millis)

  describe('with a delay before addresses come back', () => {
    it('waits when they have moved, and takes them back then', async () => {
      await three({ failbackMillis: 5000 })
      town.powerOff('x')
      await pass(200)
      town.house('x').hasPower = true
      restart('x')
      await pass(2)
      expect(town.house('x').said.at(-1)).to.equal('serving') // of the life before
      await pass(45)
      expect(town.house('x').said.at(-1)).to.equal('returning')
      expect(town.answers(vip)).to.deep.equal(['y: y'])
      await pass(5000)
      expect(town.house('x').said.at(-1)).to.equal('serving')
      await pass(5)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })

    it('does not wait when a stand-in has kept them', async () => {
      await three({ failbackMillis: 5000 })
      town.kill('x')
      await pass(200)
      restart('x')
      await pass(130)
      expect(town.answers(vip)).to.deep.equal(['x: x', 'y: x'])
      expect(town.house('x').said).not.to.include('returning')
    })

    it('has a waiting node step in where no other can', async () => {
      await three({ failbackMillis: 5000 })
      town.powerOff('x')
      await pass(200)
      town.house('x').hasPower = true
      restart('x')
      await pass(200)
      expect(town.house('x').said.at(-1)).to.equal('returning')
      town.powerOff('y')
      town.powerOff('z')
      await pass(250)
      expect(town.answers(vip)).to.deep.equal(['x: x'])

      const { mac } = town.house('y') // which is back, and does not know yet that x only waits
      town.deliver(town.house('x'), { address: parseAddress(vip), mac, sender: mac, kind: 'announcement' })
      await pass(2)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
      town.house('x').believe('y', { life: 'alive', phase: 'serving' })
      await pass(501)
      expect(town.answers(vip)).to.deep.equal([])
    })
  })
})
