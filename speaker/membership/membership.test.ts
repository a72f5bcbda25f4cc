import { expect } from 'chai'
import type { Action } from './action.ts'
import type { MembershipEvent } from './event.ts'
import { Membership } from './membership.ts'
import { encodeMessage } from './message-codec.ts'
import { Subject } from './testing/subject.ts'

const facts = { configuration: 0, links: [] }
const typeOf = (action: Action) => (action.type === 'send' ? action.message.type : action.type)

describe('heartbeats', () => {
  it('go to the three nearest predecessors each 100 ms, give or take 5 % (rule 2)', () => {
    const subject = Subject.serving(20)
    subject.run(1000, subject.others)
    const beats = subject.sent('heartbeat')
    expect(beats.length).to.be.within(9, 11)
    for (const { to } of beats) expect(to).to.have.members(subject.others.slice(-3))
  })

  it('go to all where there are four (rule 2)', () => {
    const subject = Subject.serving(4)
    subject.run(110, subject.others)
    expect(subject.sent('heartbeat')[0]!.to).to.have.members(subject.others)
  })

  it('go to the nearest that live and to the nearest that are listed, and the dead among them are solicited (rule 2)', () => {
    const subject = Subject.serving(20)
    const dead = subject.others.slice(-2)
    const lives = dead.map((name) => ({ name, incarnation: 500 }))
    subject.hear(subject.others[3]!, 'dead', { lives })
    subject.run(110, subject.others.slice(0, -2))
    expect(subject.sent('heartbeat')[0]!.to).to.have.members(subject.others.slice(-5))
    expect(subject.actions('solicit').map(({ name }) => name)).to.have.members(dead)
  })

  it('carry phase, configuration and the digest of the view', () => {
    const subject = Subject.serving(4)
    subject.step({ type: 'own', configuration: 77 })
    subject.run(110, subject.others)
    const { incarnation } = subject.machine.own
    const { digest } = subject.machine
    expect(subject.sent('heartbeat')[0]!.message).to.deep.equal({
      ...{ type: 'heartbeat', incarnation, phase: 'serving' },
      ...{ configuration: 77, digest },
    })
  })
})

describe('a start (rule 17)', () => {
  it('says JOIN to all three times', () => {
    const subject = new Subject(10)
    subject.step({ type: 'start' })
    subject.run(400)
    const told = subject.sent('join').filter(({ message }) => !message.isQuestion)
    expect(told.map(({ atMillis }) => atMillis)).to.deep.equal([0, 100, 200])
    for (const { to } of told) expect(to).to.deep.equal(subject.others)
  })

  it('is over 50 ms after the first whole view of a member that serves', () => {
    const subject = new Subject(10)
    subject.step({ type: 'start' })
    subject.run(10)
    subject.hear(subject.others[3]!, 'sync', { part: 0, parts: 2, isQuestion: false, members: [] })
    subject.run(100)
    expect(subject.actions('synced')).to.deep.equal([])
    subject.hear(subject.others[3]!, 'sync', { part: 1, parts: 2, isQuestion: false, members: [] })
    const toldMillis = subject.nowMillis
    subject.run(60)
    expect(subject.actions('synced').map(({ atMillis }) => atMillis)).to.deep.equal([toldMillis + 50])
  })

  it('does not trust the view of others that start before those that serve had time to answer', () => {
    const subject = new Subject(10)
    subject.step({ type: 'start' })
    subject.run(10)
    subject.hear(subject.others[3]!, 'sync', { part: 0, parts: 1, isQuestion: false, members: [], phase: 'starting' })
    subject.run(400)
    expect(subject.actions('synced').map(({ atMillis }) => atMillis)).to.deep.equal([250])
  })

  it('takes a second where nobody answers', () => {
    const subject = new Subject(10)
    subject.step({ type: 'start' })
    subject.run(1100)
    expect(subject.actions('synced').map(({ atMillis }) => atMillis)).to.deep.equal([1000])
  })

  it('is not over before it is known whom to ask, and then begins anew', () => {
    const machine = new Membership({ name: 'node-0', incarnation: 1000, random: () => 0.5 })
    const types = (event: MembershipEvent, nowMillis: number) => machine.step(event, nowMillis).map(typeOf)
    const [heard, wake] = [{ incarnation: 500, phase: 'serving' } as const, { type: 'wake', lateMillis: 0 } as const]
    machine.step({ type: 'start' }, 0)
    for (let nowMillis = 0; nowMillis < 3000; nowMillis += 25) {
      machine.step({ type: 'received', from: 'node-1', message: { type: 'ping', ...heard } }, nowMillis)
      expect(types(wake, nowMillis)).not.to.include('synced')
    }
    expect(types({ type: 'listed', names: ['node-0', 'node-1', 'node-2'] }, 3000)).to.include('join')
    const sync = { type: 'sync', part: 0, parts: 1, isQuestion: false, members: [], ...heard } as const
    machine.step({ type: 'received', from: 'node-1', message: sync }, 3001)
    expect(types(wake, 3051)).to.include('synced')
  })

  it('takes 50 ms where nobody else is listed', () => {
    const subject = new Subject(1)
    subject.step({ type: 'start' })
    subject.run(100)
    expect(subject.actions('synced').map(({ atMillis }) => atMillis)).to.deep.equal([50])
  })

  it('asks those that were heard when those it asked first did not answer', () => {
    const subject = new Subject(10)
    subject.step({ type: 'start' })
    subject.run(50)
    subject.hear(subject.others[4]!, 'heartbeat', { configuration: 0, digest: 5 })
    subject.run(60)
    const asked = subject.sent('join').filter(({ message }) => message.isQuestion)
    const thirds = asked[0]!.to.map((name) => Math.floor(subject.others.indexOf(name) / 3))
    expect(thirds, 'from all around the ring').to.deep.equal([0, 1, 2])
    expect(asked.slice(1).map(({ to }) => to)).to.deep.equal([[subject.others[4]]])
  })

  it('lets nobody say serving before it is over', () => {
    const subject = new Subject(10)
    subject.step({ type: 'start' })
    subject.step({ type: 'own', phase: 'serving' })
    expect(subject.machine.own.phase).to.equal('starting')
    subject.run(1100)
    subject.step({ type: 'own', phase: 'serving' })
    expect(subject.machine.own.phase).to.equal('serving')
  })

  it('neither accuses nor believes dead whom it has never heard (rule 1)', () => {
    const subject = new Subject(10)
    subject.step({ type: 'start' })
    subject.run(5000)
    expect(subject.sent('suspect')).to.deep.equal([])
    expect(subject.others.map((name) => subject.life(name))).to.deep.equal(subject.others.map(() => 'absent'))
  })

  it('has a node that learns of deaths from another list them as dead, with their links', () => {
    const subject = new Subject(10)
    subject.step({ type: 'start' })
    const links = [{ mac: '02:00:00:00:00:09' }]
    const report = {
      name: subject.others[2]!,
      incarnation: 7,
      phase: 'serving',
      isAlive: false,
      configuration: 0,
      links,
    } as const
    subject.hear(subject.others[3]!, 'sync', { part: 0, parts: 1, isQuestion: false, members: [report] })
    expect(subject.machine.member(subject.others[2]!)).to.deep.include({ life: 'dead', incarnation: 7, links })
  })
})

describe('a leave (rule 18)', () => {
  it('is said three times with a newer incarnation, and then nothing more', () => {
    const subject = Subject.serving(10)
    const { incarnation } = subject.machine.own
    const sinceMillis = subject.nowMillis
    subject.step({ type: 'leave' })
    subject.run(2000, subject.others)
    expect(subject.done.every(({ action }) => action.type === 'send' && action.message.type === 'leave')).to.equal(true)
    const said = subject.sent('leave')
    expect(said.map(({ atMillis }) => atMillis - sinceMillis)).to.deep.equal([0, 20, 60])
    expect(said[0]!.message).to.deep.equal({ type: 'leave', incarnation: incarnation + 1, phase: 'leaving' })
    expect(subject.machine.dueMillis).to.equal(Number.POSITIVE_INFINITY)
  })
})

describe('a deaf node (rule 19)', () => {
  it('falls silent, owns nothing and accuses nobody when no frame comes for 500 ms', () => {
    const subject = Subject.serving(10)
    subject.run(3000, [], false)
    const [deaf] = subject.actions('deaf')
    expect(deaf!.atMillis).to.be.within(1900, 1960)
    expect(subject.machine.own).to.include({ isDeaf: true, phase: 'unfit' })
    const last = Math.max(...subject.sent('heartbeat').map(({ atMillis }) => atMillis))
    expect(last).to.be.at.most(deaf!.atMillis)
    expect(subject.others.map((name) => subject.life(name))).to.deep.equal(subject.others.map(() => 'alive'))
  })

  it('says that it is unfit, for those that hear it: they need not wait', () => {
    const subject = Subject.serving(10)
    subject.step({ type: 'hearing', can: false })
    expect(subject.actions('deaf')).to.have.lengthOf(1)
    expect(subject.sent('alive')[0]!.message.phase).to.equal('unfit')
  })

  it('answers no ping while its packet sockets do not work', () => {
    const subject = Subject.serving(10)
    subject.step({ type: 'hearing', can: false })
    subject.hear(subject.others[0]!, 'ping', {})
    expect(subject.sent('ack')).to.deep.equal([])
    expect(subject.machine.own.isDeaf).to.equal(true)
  })

  it('starts anew with the next frame, with a newer incarnation', () => {
    const subject = Subject.serving(10)
    subject.step({ type: 'hearing', can: false })
    const { incarnation } = subject.machine.own
    subject.step({ type: 'hearing', can: true })
    subject.step({ type: 'frame' })
    expect(subject.actions('hearing')).to.have.lengthOf(1)
    expect(subject.machine.own).to.deep.include({ isDeaf: false, phase: 'starting', incarnation: incarnation + 1 })
    expect(subject.sent('join').length).to.be.greaterThan(0)
    subject.hear(subject.others[3]!, 'sync', { part: 0, parts: 1, isQuestion: false, members: [] })
    subject.run(60, subject.others)
    expect(subject.actions('synced')).to.have.lengthOf(1)
  })

  it('is not one that was only stalled: nobody read its sockets', () => {
    const subject = Subject.serving(10)
    subject.stall(5000)
    expect(subject.actions('deaf')).to.deep.equal([])
    expect(subject.actions('changed')).to.deep.equal([])
  })

  it('is not one that is alone in its cluster', () => {
    const subject = Subject.serving(1)
    subject.run(5000, [], false)
    expect(subject.actions('deaf')).to.deep.equal([])
  })
})

describe('what a node says of itself', () => {
  it('is a newer incarnation when phase or links change, and told to all', () => {
    const subject = Subject.serving(10)
    const { incarnation } = subject.machine.own
    subject.step({ type: 'own', phase: 'unfit' })
    subject.step({ type: 'own', links: [{ mac: '02:00:00:00:00:01' }] })
    expect(subject.machine.own.incarnation).to.equal(incarnation + 2)
    expect(subject.sent('alive')).to.have.lengthOf(2)
  })

  it('is not said again when nothing is new', () => {
    const subject = Subject.serving(10)
    expect(subject.step({ type: 'own', phase: 'serving', configuration: 5 })).to.deep.equal([])
    const links = () => [{ mac: '02:00:00:00:00:01', ipv4: { family: 4, value: 1n } as const }]
    subject.step({ type: 'own', links: links() })
    expect(subject.step({ type: 'own', links: links() })).to.deep.equal([])
  })

  it('fits a message whatever incarnation others have made up', () => {
    const subject = Subject.serving(4)
    const incarnation = 2 ** 48 - 1
    subject.hear(subject.others[0]!, 'suspect', { accused: { name: subject.own, incarnation } })
    expect(subject.machine.own.incarnation).to.equal(incarnation)
    for (const { message } of subject.sent('alive')) expect(() => encodeMessage(message)).not.to.throw()
    expect(subject.sent('alive')).not.to.deep.equal([])
  })
})

describe('the machine', () => {
  const events: MembershipEvent[] = [
    { type: 'start' },
    { type: 'own', phase: 'serving' },
    { type: 'received', from: 'node-1', message: { type: 'alive', incarnation: 1, phase: 'serving', ...facts } },
    { type: 'unreachable', name: 'node-1' },
    { type: 'frame' },
    { type: 'hearing', can: true },
    { type: 'wake', lateMillis: 0 },
  ]

  it('is still before it is started and after it has left', () => {
    const machine = new Membership({ name: 'node-0', incarnation: 1, random: () => 0 })
    for (const event of events.slice(1)) expect(machine.step(event, 0), event.type).to.deep.equal([])
    machine.step({ type: 'leave' }, 0)
    for (const event of events) expect(machine.step(event, 10_000), event.type).to.deep.equal([])
    expect(machine.dueMillis).to.equal(Number.POSITIVE_INFINITY)
  })

  it('gives the same actions for the same events', () => {
    const history = (): unknown[] => {
      const subject = Subject.serving(12)
      subject.run(3000, subject.others.slice(2))
      return subject.done
    }
    expect(history()).to.deep.equal(history())
  })

  it('allocates no actions for a heartbeat without news', () => {
    const subject = Subject.serving(10)
    expect(subject.beat(subject.others[0]!)).to.equal(subject.beat(subject.others[1]!))
  })
})
