import { expect } from 'chai'
import { formatAddress, parseAddress } from '../net/address.ts'
import { Allocator, type Pass } from './allocator.ts'
import { dualStack, holdingOf, pools, request, type ServiceText, withheld } from './testing/requests.ts'
import { shares, wants } from './testing/rows.ts'

describe('a new address of a pool with probeBeforeUse', () => {
  let allocator: Allocator
  const stranger = '02:00:00:00:00:01'
  const decide = (text: ServiceText) => allocator.decide(request(text))
  const holding = (name = 'web') => holdingOf(allocator, `default/${name}`)
  const probes = ({ probe }: Pass) => probe.map(formatAddress)
  const probed = (address: string) => allocator.probed(parseAddress(address))
  const strangerHas = (...addresses: string[]) =>
    allocator.setWithheld(
      'probe',
      addresses.map((address) => withheld(address, 'AddressInUse', stranger)),
    )
  const setPools = (addresses: string[], probeBeforeUse = true) =>
    allocator.setPools(pools({ blue: { addresses, probeBeforeUse } }))

  beforeEach(() => {
    allocator = new Allocator()
    setPools(['192.0.2.0/30', '2001:db8::/126'])
  })

  it('is held, asked for, and not told before it is known to be free', () => {
    const first = decide({})
    expect(probes(first)).to.deep.equal(['192.0.2.0'])
    expect(first.status).to.equal('leave')
    expect(first.events).to.deep.equal([])
    expect(first.condition).to.include({ status: 'False', reason: 'Probing' })
    expect(probes(decide({ name: 'other' }))).to.deep.equal(['192.0.2.1'])

    expect(probed('192.0.2.0')).to.deep.equal(['default/web'])
    const second = decide({})
    expect(probes(second)).to.deep.equal([])
    expect(second.condition).to.include({ status: 'True', reason: 'Allocated' })
    expect(second.events.map(({ reason }) => reason)).to.deep.equal(['IPAllocated'])
    expect(second.status).to.have.property('pool', 'blue')
  })

  it('is asked for once, however often the Service is looked at, and stays found free while the write fails', () => {
    decide({})
    expect(probes(decide({}))).to.deep.equal(['192.0.2.0'])
    probed('192.0.2.0')
    decide({})
    expect(probes(decide({}))).to.deep.equal([])
  })

  it('is set aside when a stranger has it, and the next one is asked for', () => {
    decide({})
    expect([...strangerHas('192.0.2.0')]).to.deep.equal(['default/web'])
    expect(probes(decide({}))).to.deep.equal(['192.0.2.1'])
    probed('192.0.2.1')
    expect(decide({}).condition?.message).to.equal('192.0.2.1 from pool blue')
    allocator.settle('default/web')
    expect(probes(decide({ name: 'next' }))).to.deep.equal(['192.0.2.2'])
  })

  it('is asked for again when it is not set aside any more', () => {
    setPools(['192.0.2.0/32'])
    decide({})
    strangerHas('192.0.2.0')
    expect(decide({}).condition).to.include({ status: 'False', reason: 'PoolExhausted' })
    allocator.settle('default/web')
    expect([...strangerHas()]).to.deep.equal(['default/web'])
    expect(probes(decide({}))).to.deep.equal(['192.0.2.0'])
  })

  it('is refused to a Service that asks for it, with the MAC of the stranger', () => {
    const text = { annotations: wants('192.0.2.2') }
    expect(probes(decide(text))).to.deep.equal(['192.0.2.2'])
    strangerHas('192.0.2.2')
    const message = `192.0.2.2 is in use on the network by ${stranger}`
    expect(decide(text).condition).to.deep.equal({ status: 'False', reason: 'AddressInUse', message })
  })

  it('is asked for one by one where two families are wanted', () => {
    const text = { spec: { ...dualStack, ipFamilyPolicy: 'RequireDualStack' } }
    expect(probes(decide(text))).to.deep.equal(['192.0.2.0', '2001:db8::'])
    probed('192.0.2.0')
    expect(probes(decide(text))).to.deep.equal(['2001:db8::'])
    strangerHas('2001:db8::')
    expect(probes(decide(text))).to.deep.equal(['2001:db8::1'])
    probed('2001:db8::1')
    expect(decide(text).condition).to.include({ reason: 'Allocated', message: '192.0.2.0, 2001:db8::1 from pool blue' })
  })

  it('leaves the Service with the address that it has until then', () => {
    const text = { annotations: wants('192.0.2.2'), has: ['192.0.2.0'] }
    allocator.adopt(request(text))
    const pass = decide(text)
    expect(pass.status).to.equal('leave')
    expect(pass.condition).to.include({ status: 'True', reason: 'Probing' })
    expect(probes(decide({ name: 'other' })), 'the old one is not free yet').to.deep.equal(['192.0.2.1'])
    probed('192.0.2.2')
    expect(decide(text).condition?.message).to.equal('192.0.2.2 from pool blue')
  })

  it('is not asked for when the Service has it already, and so not after a restart', () => {
    const text = { has: ['192.0.2.3'] }
    allocator.adopt(request(text))
    expect(probes(decide(text))).to.deep.equal([])
    expect(holding()).to.equal('blue 192.0.2.3')
  })

  it('is asked for again when a Service comes back to it, also by a reservation', () => {
    decide({})
    probed('192.0.2.0')
    decide({})
    allocator.settle('default/web')
    allocator.forget('default/web')
    expect(probes(decide({}))).to.deep.equal(['192.0.2.0'])
  })

  it('is not asked for to be shared with a Service that knows of it, since a speaker answers there', () => {
    const on = (name: string, port: number, has: string[] = []) => ({
      ...{ name, has, annotations: shares('k'), spec: { ports: [{ port }] } },
    })
    decide(on('a', 80))
    expect(probes(decide(on('b', 443))), 'the other one does not know yet').to.deep.equal(['192.0.2.0'])
    expect(probed('192.0.2.0')).to.have.members(['default/a', 'default/b'])
    decide(on('a', 80))
    allocator.settle('default/a')
    decide(on('a', 80, ['192.0.2.0']))
    expect(probes(decide(on('c', 53)))).to.deep.equal([])
  })

  it('is nobody’s when its Service goes while it is asked for', () => {
    decide({})
    expect(allocator.addressesOf('default/web'), 'what it would have to be told of').to.deep.equal([])
    allocator.forget('default/web')
    expect(probed('192.0.2.0')).to.deep.equal([])
    expect(allocator.isProbing('default/web')).to.equal(false)
  })

  it('is given at once by pools without it', () => {
    setPools(['192.0.2.0/30'], false)
    const pass = decide({})
    expect(pass.probe).to.deep.equal([])
    expect(pass.condition).to.include({ reason: 'Allocated' })
  })
})
