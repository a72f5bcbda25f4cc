import { expect } from 'chai'
import type { MemberReport } from './message.ts'
import { Subject } from './testing/subject.ts'

const facts = { configuration: 0, links: [] }
const link = { mac: '02:00:00:00:00:01', ipv4: { family: 4, value: 0xc0a80001n } } as const

function reportOn(
  name: string,
  incarnation: number,
  isAlive: boolean,
  phase: MemberReport['phase'] = 'serving',
): MemberReport {
  return { name, incarnation, isAlive, phase, ...facts }
}

const list = { part: 0, parts: 1, isQuestion: false }

describe('a member that is accused', () => {
  it('refutes with a newer incarnation, told to all three times, each spread over 20 ms (rule 10)', () => {
    const subject = Subject.serving(10)
    const { incarnation } = subject.machine.own
    const sinceMillis = subject.nowMillis
    subject.hear(subject.others[4]!, 'suspect', { accused: { name: subject.own, incarnation } })
    subject.run(350, subject.others)
    const said = subject.sent('alive')
    expect(said.map(({ atMillis }) => atMillis - sinceMillis)).to.deep.equal([0, 100, 200])
    for (const { to, overMillis, message } of said) {
      expect(to).to.deep.equal(subject.others)
      expect(overMillis).to.equal(20)
      expect(message.incarnation).to.equal(incarnation + 1)
    }
  })

  it('refutes a later life than its own with one later still: its clock was ahead before it restarted (rule 10)', () => {
    const subject = Subject.serving(10)
    subject.hear(subject.others[4]!, 'dead', { lives: [{ name: subject.own, incarnation: 777_000 }] })
    expect(subject.machine.own.incarnation).to.equal(777_001)
  })

  it('does not say again what is on its way when an older life is accused (rule 10)', () => {
    const subject = Subject.serving(10)
    const { incarnation } = subject.machine.own
    subject.hear(subject.others[4]!, 'suspect', { accused: { name: subject.own, incarnation } })
    subject.hear(subject.others[5]!, 'suspect', { accused: { name: subject.own, incarnation } })
    expect(subject.machine.own.incarnation).to.equal(incarnation + 1)
    expect(subject.sent('alive')).to.have.lengthOf(1)
  })

  it('tells an accuser alone that missed it later (rule 10)', () => {
    const subject = Subject.serving(10)
    const { incarnation } = subject.machine.own
    subject.hear(subject.others[4]!, 'suspect', { accused: { name: subject.own, incarnation: incarnation - 1 } })
    expect(subject.sent('alive').map(({ to }) => to)).to.deep.equal([[subject.others[4]]])
    expect(subject.machine.own.incarnation).to.equal(incarnation)
  })

  it('stands back as returning for a minute when it was believed dead three times in five minutes', () => {
    const subject = Subject.serving(10)
    const die = () => {
      const lives = [{ name: subject.own, incarnation: subject.machine.own.incarnation }]
      subject.hear(subject.others[4]!, 'dead', { lives })
      subject.run(10_000, subject.others)
    }
    die()
    die()
    expect(subject.machine.own.phase).to.equal('serving')
    const sinceMillis = subject.nowMillis
    die()
    expect(subject.actions('damped').map(({ untilMillis }) => untilMillis)).to.deep.equal([sinceMillis + 60_000])
    expect(subject.sent('alive').at(-1)?.message.phase).to.equal('returning')
    subject.step({ type: 'own', phase: 'serving' })
    expect(subject.machine.own.phase).to.equal('returning')
    subject.run(50_000, subject.others)
    subject.step({ type: 'own', phase: 'serving' })
    expect(subject.machine.own.phase).to.equal('serving')
  })

  describe('when two parts have lost sight of each other three times', () => {
    /** Those of the other part are believed dead here, and believe the same of this part. */
    function part(apart: number): Subject {
      const subject = Subject.serving(10)
      const away = subject.others.slice(0, apart)
      for (let time = 0; time < 3; time++) {
        const lives = away.map((name) => ({ name, incarnation: subject.machine.member(name)!.incarnation }))
        subject.hear(subject.others.at(-1)!, 'dead', { lives })
        subject.run(1000, subject.others.slice(apart))
        const [first, second] = away as [string, string]
        const own = { name: subject.own, incarnation: subject.machine.own.incarnation }
        subject.hear(first, 'dead', { lives: [own] })
        for (const { name, incarnation } of lives) subject.beat(name, incarnation + 1)
        subject.hear(second, 'dead', { lives: [{ ...own, incarnation: own.incarnation + 1 }] })
        subject.run(10_000, subject.others)
      }
      return subject
    }

    it('stands back in the smaller one', () => {
      expect(part(6).machine.own.phase).to.equal('returning')
    })

    it('does not stand back in the larger one, or in halves: they would all do so', () => {
      for (const apart of [2, 4, 5]) expect(part(apart).machine.own.phase, `${apart} apart`).to.equal('serving')
    })
  })

  it('says it once after a stall, not once for each time that passed (rule 10)', () => {
    const subject = Subject.serving(10)
    const { incarnation } = subject.machine.own
    subject.hear(subject.others[4]!, 'suspect', { accused: { name: subject.own, incarnation } })
    subject.stall(350)
    subject.run(300, subject.others)
    expect(subject.sent('alive')).to.have.lengthOf(2)
  })

  it('does not stand back for votes that nobody believed', () => {
    const subject = Subject.serving(10)
    for (let i = 0; i < 20; i++) {
      const { incarnation } = subject.machine.own
      subject.hear(subject.others[4]!, 'suspect', { accused: { name: subject.own, incarnation } })
    }
    expect(subject.machine.own.phase).to.equal('serving')
  })
})

describe('a member that is believed dead', () => {
  function bury(size = 10): { subject: Subject; dead: string } {
    const subject = Subject.serving(size)
    const dead = subject.others[5]!
    subject.hear(subject.others[4]!, 'dead', { lives: [{ name: dead, incarnation: 500 }] })
    subject.done.length = 0
    return { subject, dead }
  }

  it('is told so when it speaks, at most each 100 ms (rule 11)', () => {
    const { subject, dead } = bury()
    subject.beat(dead)
    subject.beat(dead)
    expect(subject.sent('dead').map(({ to, message }) => [to, message.lives])).to.deep.equal([
      [[dead], [{ name: dead, incarnation: 500 }]],
    ])
    subject.run(100, subject.others)
    subject.beat(dead)
    expect(subject.sent('dead').length).to.be.greaterThan(1)
    expect(subject.life(dead)).to.equal('dead')
  })

  it('is not heard otherwise: its votes and certificates are nothing (rule 11)', () => {
    const { subject, dead } = bury()
    const other = subject.others[7]!
    subject.hear(dead, 'dead', { lives: [{ name: other, incarnation: 500 }] })
    subject.hear(dead, 'suspect', { accused: { name: other, incarnation: 500 } })
    subject.hear(subject.others[4]!, 'suspect', { accused: { name: other, incarnation: 500 } })
    expect(subject.life(other)).to.equal('alive')
  })

  it('comes back with any word of a newer incarnation, and everybody announces again (rules 10, 16)', () => {
    const { subject, dead } = bury()
    subject.beat(dead, 501)
    expect(subject.life(dead)).to.equal('alive')
    expect(subject.actions('back').map(({ name }) => name)).to.deep.equal([dead])
    expect(subject.actions('changed').at(-1)?.names).to.deep.equal([dead])
  })

  it('keeps its links', () => {
    const subject = Subject.serving(10)
    const dead = subject.others[5]!
    subject.hear(dead, 'alive', { incarnation: 501, configuration: 7, links: [link] })
    subject.hear(subject.others[4]!, 'dead', { lives: [{ name: dead, incarnation: 501 }] })
    expect(subject.machine.member(dead)).to.deep.include({ life: 'dead', links: [link], configuration: 7 })
  })

  it('is asked for its facts when a mere heartbeat brought it back', () => {
    const { subject, dead } = bury()
    subject.beat(dead, 501)
    expect(subject.sent('ping').flatMap(({ to }) => to)).to.include(dead)
    subject.hear(dead, 'ack', { incarnation: 501, configuration: 0, links: [link] })
    expect(subject.machine.member(dead)?.links).to.deep.equal([link])
  })
})

describe('word from a member', () => {
  it('of an earlier life is not heard, and it is told which life is known when that was no reordering', () => {
    const subject = Subject.serving(10)
    const name = subject.others[5]!
    subject.hear(name, 'alive', { incarnation: 900, phase: 'unfit', ...facts })
    subject.beat(name, 500)
    expect(subject.sent('suspect')).to.deep.equal([])
    expect(subject.machine.member(name)).to.include({ incarnation: 900, phase: 'unfit' })
    subject.run(
      300,
      subject.others.filter((other) => other !== name),
    )
    subject.hear(name, 'join', { incarnation: 600, isQuestion: false, ...facts })
    const told = subject.sent('suspect').filter(({ to }) => to.length === 1 && to[0] === name)
    expect(told.map(({ message }) => message.accused.incarnation)).to.deep.equal([900])
  })

  it('that it leaves takes it off the ring at once, and its return is no return from the dead (rule 18)', () => {
    const subject = Subject.serving(10)
    const name = subject.others[0]!
    subject.hear(name, 'leave', { incarnation: 501, phase: 'leaving' })
    expect(subject.machine.member(name)).to.include({ life: 'dead', phase: 'leaving' })
    subject.hear(name, 'join', { incarnation: 900, phase: 'starting', isQuestion: false, ...facts })
    expect(subject.machine.member(name)).to.include({ life: 'alive', phase: 'starting' })
    expect(subject.actions('back')).to.deep.equal([])
  })

  it('that it leaves is not argued with', () => {
    const subject = Subject.serving(10)
    const name = subject.others[0]!
    subject.hear(name, 'leave', { incarnation: 501, phase: 'leaving' })
    subject.hear(name, 'leave', { incarnation: 501, phase: 'leaving' })
    expect(subject.sent('dead')).to.deep.equal([])
  })

  it('that asks is answered: pings with the own facts, JOIN with the whole view', () => {
    const subject = Subject.serving(10)
    subject.step({ type: 'own', links: [link], configuration: 9 })
    const name = subject.others[0]!
    subject.hear(name, 'ping', {})
    expect(subject.sent('ack')[0]).to.deep.include({ to: [name] })
    expect(subject.sent('ack')[0]!.message).to.deep.include({ links: [link], configuration: 9 })
    subject.hear(name, 'join', { isQuestion: true, ...facts })
    const [answer] = subject.sent('sync')
    expect(answer!.message).to.deep.include({ part: 0, parts: 1, isQuestion: false })
    expect(answer!.message.members.map((member) => member.name)).to.have.members([...subject.names])
  })

  it('is no change when it only says again what is known', () => {
    const subject = Subject.serving(4)
    const say = () =>
      subject.hear(subject.others[0]!, 'alive', { incarnation: 501, configuration: 0, links: [{ ...link }] })
    say()
    expect(subject.actions('changed')).to.have.lengthOf(1)
    expect(say()).to.deep.equal([])
  })

  it('has the last word on its phase, though another told of its newer life first', () => {
    const subject = Subject.serving(10)
    const name = subject.others[5]!
    subject.hear(subject.others[6]!, 'suspect', { accused: { name, incarnation: 501 } })
    subject.hear(name, 'alive', { incarnation: 501, phase: 'unfit', ...facts })
    expect(subject.machine.member(name)).to.include({ incarnation: 501, phase: 'unfit' })
  })

  it('under a name that the API does not know is heard all the same', () => {
    const subject = Subject.serving(4)
    subject.hear('stranger', 'alive', { ...facts })
    expect(subject.machine.member('stranger')).to.include({ life: 'alive' })
  })

  it('under the own name is nothing', () => {
    const subject = Subject.serving(4)
    for (let i = 0; i < 30; i++) {
      subject.hear(subject.own, 'alive', { incarnation: 9999, ...facts })
      subject.run(20, [], false)
    }
    expect(subject.machine.own.isDeaf).to.equal(true)
  })
})

describe('views that differ', () => {
  function differ(subject: Subject, name: string): void {
    subject.hear(name, 'heartbeat', { configuration: 0, digest: 1 })
  }

  it('are exchanged when both have been quiet for 200 ms, and not again within a second (rule 12)', () => {
    const subject = Subject.serving(10)
    const name = subject.others[6]!
    const sinceMillis = subject.nowMillis
    for (let i = 0; i < 12; i++) {
      differ(subject, name)
      subject.run(100)
    }
    const asked = subject
      .sent('sync')
      .map(({ atMillis, to, message }) => [atMillis - sinceMillis, to, message.isQuestion])
    expect(asked).to.deep.equal([[200, [name], true]])
  })

  it('are exchanged ever more seldom when that changes nothing (rule 12)', () => {
    const subject = Subject.serving(10)
    for (let i = 0; i < 600; i++) {
      differ(subject, subject.others[6]!)
      subject.run(100, subject.others)
    }
    expect(subject.sent('sync').length).to.be.within(4, 6)
  })

  it('are not exchanged while the own one is changing (rule 12)', () => {
    const subject = Subject.serving(10)
    for (let i = 0; i < 20; i++) {
      differ(subject, subject.others[6]!)
      subject.hear(subject.others[7]!, 'alive', { incarnation: 600 + i, ...facts })
      subject.run(100, subject.others)
    }
    expect(subject.sent('sync')).to.deep.equal([])
  })

  it('are told in return when asked for (rule 12)', () => {
    const subject = Subject.serving(10)
    subject.hear(subject.others[6]!, 'sync', { ...list, isQuestion: true, members: [] })
    expect(subject.sent('sync').map(({ to, message }) => [to, message.isQuestion])).to.deep.equal([
      [[subject.others[6]], false],
    ])
  })

  it('are not exchanged by a node that starts: it has asked already (rule 12)', () => {
    const subject = new Subject(10)
    subject.step({ type: 'start' })
    for (let i = 0; i < 8; i++) {
      differ(subject, subject.others[6]!)
      subject.run(100)
    }
    expect(subject.sent('sync')).to.deep.equal([])
  })

  it('pass on the last life of the dead, and of the living only what they told in full', () => {
    const subject = Subject.serving(10)
    const [dead, alive, asker] = subject.others.slice(4) as [string, string, string]
    subject.hear(alive, 'alive', { incarnation: 501, ...facts })
    subject.beat(alive, 502)
    subject.beat(dead, 502)
    subject.hear(asker, 'dead', { lives: [{ name: dead, incarnation: 502 }] })
    subject.hear(asker, 'join', { isQuestion: true, ...facts })
    const told = new Map(subject.sent('sync')[0]!.message.members.map((member) => [member.name, member]))
    expect(told.get(alive)).to.include({ incarnation: 501, isAlive: true })
    expect(told.get(dead)).to.include({ incarnation: 502, isAlive: false })
  })

  it('teach newer lives (rule 12)', () => {
    const subject = Subject.serving(10)
    const name = subject.others[3]!
    subject.hear(subject.others[6]!, 'sync', { ...list, members: [{ ...reportOn(name, 600, true), links: [link] }] })
    expect(subject.machine.member(name)).to.deep.include({ incarnation: 600, life: 'alive', links: [link] })
  })

  it('have a death that only the other knows believed after two own pings without an answer (rule 12)', () => {
    const subject = Subject.serving(20)
    const name = subject.others[10]!
    const talking = subject.others.filter((other) => other !== name)
    subject.run(1)
    subject.hear(subject.others[6]!, 'sync', { ...list, members: [reportOn(name, 500, false)] })
    expect(subject.life(name)).to.equal('alive')
    subject.run(100, talking)
    expect(subject.sent('ping').filter(({ to }) => to.includes(name))).to.have.lengthOf(2)
    expect(subject.life(name)).to.equal('alive')
    subject.run(50, talking)
    expect(subject.life(name)).to.equal('dead')
  })

  it('have a rumour of death forgotten with the first answer (rule 12)', () => {
    const subject = Subject.serving(20)
    const name = subject.others[10]!
    subject.run(1)
    subject.hear(subject.others[6]!, 'sync', { ...list, members: [reportOn(name, 500, false)] })
    subject.hear(name, 'ack', facts)
    subject.run(
      1000,
      subject.others.filter((other) => other !== name),
    )
    expect(subject.life(name)).to.equal('alive')
  })

  it('have a member asked that lives in the other and is dead in the own (rule 12)', () => {
    const subject = Subject.serving(20)
    const name = subject.others[10]!
    subject.hear(subject.others[4]!, 'dead', { lives: [{ name, incarnation: 500 }] })
    subject.hear(subject.others[6]!, 'sync', { ...list, members: [reportOn(name, 500, true)] })
    expect(subject.life(name)).to.equal('dead')
    expect(subject.sent('ping').flatMap(({ to }) => to)).to.include(name)
  })

  it('are refuted by whom they call dead (rules 10, 12)', () => {
    const subject = Subject.serving(10)
    const { incarnation } = subject.machine.own
    subject.hear(subject.others[6]!, 'sync', { ...list, members: [reportOn(subject.own, incarnation, false)] })
    expect(subject.machine.own.incarnation).to.equal(incarnation + 1)
  })
})
