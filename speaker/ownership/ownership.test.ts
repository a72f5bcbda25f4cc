import { expect } from 'chai'
import { parseAddress } from '../../net/address.ts'
import { Neighbourhood, vip, vip6 } from './testing/neighbourhood.ts'

describe('The ownership of addresses', () => {
  let town: Neighbourhood

  it('announces a new address at once, in a cluster where everybody is heard', async () => {
    town = await Neighbourhood.three()
    town.house('x').tell(['192.0.2.9'], ['x', 'y', 'z'])
    expect(town.answers('192.0.2.9')).to.deep.equal(['x: x'])
    expect(town.house('x').announced).to.include('192.0.2.9')
    expect(town.house('x').probed).to.deep.equal([])
  })

  it('tells elections of nodes as soon as it knows them, before it serves itself', async () => {
    town = await Neighbourhood.three()
    const x = town.house('x')
    x.stop()
    x.start()
    expect([...x.company.standings]).to.deep.equal([
      ['y', 'serving'],
      ['z', 'serving'],
      ['x', 'serving'],
    ])
    let news = 0
    x.company.subscribe(() => news++)
    x.believe('y', { life: 'dead' })
    expect(x.company.standings.get('y')).to.equal('kept')
    expect(news).to.equal(1)
    x.tell([vip], ['y', 'x', 'z'])
    expect(town.answers(vip), 'nothing before it serves').to.deep.equal([])
  })

  describe('when a speaker is killed', () => {
    beforeEach(async () => {
      town = await Neighbourhood.three()
    })

    it('has the next one answer with the MAC of the node, within milliseconds and without an announcement', async () => {
      town.kill('x')
      await town.pass(2)
      for (const address of [vip, vip6]) expect(town.answers(address)).to.deep.equal(['y: x'])
      expect(town.house('y').announced).to.deep.equal([])
      expect(town.house('y').ownership.owns(vip)).to.equal(false)
      expect(town.house('y').ownership.counts).to.deep.equal({ ipv4: 0, ipv6: 0, standingIn: 2 })
    })

    it('gives its addresses back at once when it serves again, and to nobody in between', async () => {
      town.kill('x')
      await town.pass(5000)
      town.restart('x')
      expect(town.answers(vip)).to.include('x: x')
      await town.pass(505)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
      expect(town.house('x').said.at(-1)).to.equal('serving')
      expect(town.house('x').probed).to.deep.equal([])
    })

    it('hands over properly when it has been away for too long', async () => {
      town.kill('x')
      await town.pass(29_990)
      expect(town.answers(vip)).to.deep.equal(['y: x'])
      await town.pass(500)
      expect(town.answers(vip)).to.deep.equal(['y: x'])
      await town.pass(200)
      expect(town.answers(vip)).to.deep.equal(['y: y'])
      expect(town.house('y').announced.slice(0, 2)).to.deep.equal([vip, vip6])
      expect(town.house('y').roles).to.include(vip)
    })

    it('takes over after the fence where nobody is to stand in', async () => {
      town = await Neighbourhood.three({ pace: { standInMillis: 0 } })
      town.kill('x')
      await town.pass(121)
      expect(town.answers(vip)).to.deep.equal(['y: y'])
    })

    it('takes over within 220 ms when its node goes too', async () => {
      town.kill('x')
      await town.pass(1000)
      town.house('x').hasPower = false
      await town.pass(221)
      expect(town.answers(vip)).to.deep.equal(['y: y'])
    })

    it('has the third one stand in when the second dies as well', async () => {
      town.kill('x')
      await town.pass(1000)
      town.kill('y')
      await town.pass(3)
      expect(town.answers(vip)).to.deep.equal(['z: x'])
    })

    it('goes on standing in when it has been restarted meanwhile itself', async () => {
      town.kill('x')
      await town.pass(100)
      town.kill('y')
      await town.pass(100)
      town.restart('y')
      await town.pass(505)
      expect(town.answers(vip)).to.deep.equal(['y: x'])
      expect(town.house('y').announced).to.deep.equal([])
    })

    it('takes its own back when the third stands in for it, and not what a node had that died long ago', async () => {
      town.powerOff('x')
      await town.pass(40_000)
      town.house('x').hasPower = true // its node is there again, its speaker is not
      town.kill('y')
      await town.pass(100)
      expect(town.answers(vip)).to.deep.equal(['z: y'])
      town.restart('y')
      await town.pass(505)
      expect(town.answers(vip)).to.deep.equal(['y: y'])
    })

    it('names the MAC that has answered first, of a node with two links to one network', async () => {
      const [link] = town.house('x').links
      const second = '02:00:00:00:01:01'
      town.house('x').links.push({ ...link, mac: second })
      town.kill('x')
      await town.pass(10)
      const claim = { address: town.house('x').address, mac: second, sender: second, kind: 'reply' } as const
      town.deliver(town.house('y'), claim)
      await town.pass(10)
      expect(town.answers(vip)).to.deep.equal(['y: x'])
    })

    it('goes on through an update of all speakers, one after the other, without moving an address', async () => {
      for (const name of ['x', 'y', 'z']) {
        town.kill(name)
        await town.pass(3)
        for (let i = 0; i < 50; i++) {
          await town.pass(20)
          expect(town.answers(vip).map((text) => text.split(': ')[1])).to.satisfy(
            (macs: string[]) => macs.length > 0 && macs.every((mac) => mac === 'x'),
          )
        }
        town.restart(name)
        await town.pass(1000)
      }
      expect(town.answers(vip)).to.deep.equal(['x: x'])
      for (const name of ['y', 'z']) expect(town.house(name).announced).to.deep.equal([])
    })
  })

  describe('when a node is gone', () => {
    beforeEach(async () => {
      town = await Neighbourhood.three()
    })

    it('takes over 120 ms after its death was believed, after three probes', async () => {
      town.powerOff('x')
      await town.pass(119)
      expect(town.answers(vip)).to.deep.equal([])
      await town.pass(2)
      expect(town.answers(vip)).to.deep.equal(['y: y'])
      expect(town.house('y').probed.filter((text) => text === vip)).to.have.length(3)
      expect(town.house('z').probed).to.deep.equal([])
    })

    it('takes over from one that answers on another network than that of its speaker, and does not yield to it', async () => {
      const mac = '02:00:00:00:01:01'
      town.house('x').links.push({ mac, ipv4: parseAddress('10.1.0.1') })
      for (const name of ['y', 'z']) town.house(name).believe('x', {})
      town.powerOff('x')
      for (let millis = 0; millis < 500; millis += 10) {
        const claim = { address: parseAddress(vip), mac, sender: mac } as const
        town.deliver(town.house('y'), { ...claim, kind: 'reply' })
        town.deliver(town.house('y'), { ...claim, kind: 'announcement' })
        await town.pass(10)
        if (millis >= 130) expect(town.answers(vip), `after ${millis} ms`).to.deep.equal(['y: y'])
      }
      expect(town.house('y').conflicts).to.deep.equal([])
    })

    it('announces what it has taken over three times within 300 ms: an announcement may be lost', async () => {
      town.powerOff('x')
      await town.pass(120 + 301)
      expect(town.house('y').announced.filter((text) => text === vip)).to.have.length(3)
    })

    it('announces no more what it has given back', async () => {
      town.powerOff('x')
      await town.pass(150)
      town.house('x').hasPower = true
      town.restart('x')
      await town.pass(5)
      const before = town.house('y').announced.length
      await town.pass(400)
      expect(town.house('y').announced).to.have.length(before)
    })

    it('takes over 2,000 addresses as fast as one', async () => {
      const many = Array.from({ length: 2000 }, (_, i) => `198.51.${100 + (i >> 8)}.${i & 255}`)
      town.tell(many)
      await town.pass(10)
      town.powerOff('x')
      await town.pass(121)
      expect(town.tally(many)).to.deep.equal({ 'y: y': 2000 })
      expect(town.clock.pending, 'timers').to.be.lessThan(10 + 2 * many.length) // announcements on the wire aside
    })

    it('hands over to it when it is back, and answers until it announces', async () => {
      town.powerOff('x')
      await town.pass(200)
      town.house('x').hasPower = true
      town.house('x').start()
      town.believe('x', { life: 'alive', phase: 'starting' })
      town.house('x').tell([vip, vip6], ['x', 'y', 'z'])
      await town.pass(100)
      expect(town.answers(vip)).to.deep.equal(['y: y'])
      town.house('x').on({ type: 'synced' })
      town.house('x').company.settled()
      expect(town.answers(vip)).to.deep.equal(['x: x', 'y: y'])
      await town.pass(3)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })

    it('goes to the next when that one dies while it asks', async () => {
      town.powerOff('x')
      await town.pass(60)
      town.powerOff('y')
      await town.pass(125)
      expect(town.answers(vip)).to.deep.equal(['z: z'])
    })

    it('waits for one more probe when its timer was late, and for what its sockets hold', async () => {
      town.powerOff('x')
      await town.pass(70)
      town.clock.jump(100)
      await town.pass(30)
      expect(town.answers(vip)).to.deep.equal([])
      await town.pass(60)
      expect(town.answers(vip)).to.deep.equal(['y: y'])
      expect(town.house('y').probed.filter((text) => text === vip)).to.have.length(4)
    })
  })

  describe('when a death is believed wrongly', () => {
    beforeEach(async () => {
      town = await Neighbourhood.three()
    })

    it('costs nothing: the stand-in answers as the owner does', async () => {
      town.believe('x', { life: 'dead' })
      await town.pass(1000)
      expect(town.answers(vip)).to.deep.equal(['x: x', 'y: x'])
      town.believe('x', { life: 'alive' })
      await town.pass(501)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })

    it('costs nothing when it lasts longer than a stand-in may', async () => {
      town.believe('x', { life: 'dead' })
      await town.pass(60_000)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })

    it('costs nothing where nobody stands in', async () => {
      town = await Neighbourhood.three({ pace: { standInMillis: 0 } })
      town.believe('x', { life: 'dead' })
      await town.pass(5000)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })

    it('leaves the address to a speaker that answers, though its node does not for itself', async () => {
      town.house('x').hasPower = true
      for (const house of town.others('x')) house.believe('x', { life: 'alive' })
      const [link] = town.house('x').links
      Object.assign(link!, { ipv4: undefined })
      for (const house of town.others('x')) house.believe('x', { life: 'dead' })
      await town.pass(3000)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })
  })

  describe('when a speaker leaves', () => {
    beforeEach(async () => {
      town = await Neighbourhood.three()
    })

    it('is answered all the time with its own MAC', async () => {
      const x = town.house('x')
      x.company.leave()
      town.believe('x', { phase: 'leaving' })
      let isDone = false
      x.ownership.whenHandedOver(() => {
        isDone = true
      })
      await town.pass(5)
      expect(town.answers(vip)).to.deep.equal(['x: x', 'y: x'])
      await town.pass(500)
      expect(isDone).to.equal(true)
      expect(town.answers(vip)).to.deep.equal(['y: x'])
    })

    it('is not missed where nobody stands in, also when the next one looks first', async () => {
      town = await Neighbourhood.of(['x', 'y', 'z'], { pace: { standInMillis: 0 } })
      town.tell([vip], ['x', 'y', 'z'])
      await town.pass(5)
      town.powerOff('y')
      await town.pass(600)
      const x = town.house('x')
      x.company.leave()
      x.ownership.conform()
      town.believe('x', { life: 'dead', phase: 'leaving' })
      for (let millis = 0; millis < 1000; millis++) {
        expect(town.answers(vip), `after ${millis} ms`).to.not.deep.equal([])
        await town.pass(1)
      }
      expect(town.answers(vip)).to.deep.equal(['z: z'])
    })

    it('need not wait when another takes its addresses for good', async () => {
      town = await Neighbourhood.of(['x', 'y'], { pace: { standInMillis: 0 } })
      town.tell([vip], ['x', 'y'])
      await town.pass(5)
      town.house('x').company.leave()
      town.believe('x', { life: 'dead', phase: 'leaving' })
      let waited = 0
      town.house('x').ownership.whenHandedOver(() => {
        waited = town.clock.now()
      })
      const start = town.clock.now()
      await town.pass(400)
      expect(town.answers(vip)).to.deep.equal(['y: y'])
      expect(waited - start).to.be.within(1, 110)
    })
  })

  describe('when a node must not carry traffic', () => {
    it('hands over at once, and takes its addresses back at once', async () => {
      town = await Neighbourhood.three()
      town.house('x').company.setFit(false)
      await town.pass(4)
      expect(town.answers(vip)).to.deep.equal(['y: y'])
      town.house('x').company.setFit(true)
      await town.pass(4)
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })

    it('does not yield to a node that has given up, though that one announces once more', async () => {
      town = await Neighbourhood.three()
      town.house('y').outranks = () => true
      town.house('x').company.setFit(false)
      await town.pass(4)
      const { mac } = town.house('x')
      town.deliver(town.house('y'), { address: parseAddress(vip), mac, sender: mac, kind: 'announcement' })
      await town.pass(4)
      expect(town.answers(vip)).to.deep.equal(['y: y'])
    })

    it('does not keep anything for it when its speaker starts again', async () => {
      town = await Neighbourhood.three()
      town.house('x').company.setFit(false)
      await town.pass(4)
      town.believe('x', { phase: 'starting' })
      expect(town.house('z').company.standings.get('x')).to.equal(undefined)
    })
  })

  describe('when a speaker hears nothing any more', () => {
    it('owns nothing at once, and everything again when it has learnt anew who is there', async () => {
      town = await Neighbourhood.three()
      town.house('x').on({ type: 'deaf' })
      expect(town.answers(vip)).to.deep.equal([])
      town.house('x').on({ type: 'hearing' })
      expect(town.answers(vip)).to.deep.equal([])
      town.house('x').on({ type: 'synced' })
      expect(town.answers(vip)).to.deep.equal(['x: x'])
    })
  })

  it('looks first when it starts and hears nobody, though others are listed', async () => {
    town = new Neighbourhood()
    for (const name of ['x', 'y']) town.add(name)
    const x = town.house('x')
    x.start()
    x.believe('y', { life: 'absent' })
    x.tell([vip], ['x', 'y'])
    x.on({ type: 'synced' })
    x.company.settled()
    expect(town.answers(vip)).to.deep.equal([])
    await town.pass(121)
    expect(town.answers(vip)).to.deep.equal(['x: x'])
    x.tell([vip6], ['x', 'y'])
    expect(town.answers(vip6), 'later ones at once').to.deep.equal(['x: x'])
  })

  it('gives up an address that its Service has no more', async () => {
    town = await Neighbourhood.three()
    const [a, b] = ['192.0.2.7', '192.0.2.8'].map(parseAddress)
    const order = { order: ['x', 'y', 'z'], interfaces: 'all' } as const
    const { ownership } = town.house('x')
    ownership.tell('web', { ...order, addresses: [a!] })
    ownership.tell('web', { ...order, addresses: [b!] })
    expect([town.answers('192.0.2.7'), town.answers('192.0.2.8')]).to.deep.equal([[], ['x: x']])
    expect(ownership.owns('web')).to.equal(true)
    ownership.forget('web')
    expect([ownership.owns('web'), ownership.isSilent('web')]).to.deep.equal([false, true])
  })

  it('announces at once on the only node there is', async () => {
    town = new Neighbourhood()
    town.add('x').start()
    town.house('x').tell([vip], ['x'])
    town.house('x').on({ type: 'synced' })
    expect(town.answers(vip), 'not before everything is elected').to.deep.equal([])
    town.house('x').company.settled()
    expect(town.answers(vip)).to.deep.equal(['x: x'])
  })
})
