import { expect } from 'chai'
import { Subject } from './testing/subject.ts'

const facts = { configuration: 0, links: [] }

/** The first ward falls silent, all others go on. Votes are counted from its last heartbeat. */
function silenceOf(subject: Subject, millis: number): { ward: string; talking: string[] } {
  const ward = subject.others[0]!
  const talking = subject.others.slice(1)
  subject.beat(ward)
  subject.run(millis, talking)
  return { ward, talking }
}

describe('a watcher', () => {
  it('asks a ward on its first miss and every other turn after that (rule 4)', () => {
    const subject = Subject.serving(10)
    const heardMillis = subject.nowMillis
    const { ward } = silenceOf(subject, 390)
    const asked = subject.sent('ping').map(({ atMillis }) => atMillis - heardMillis)
    expect(subject.sent('ping').every(({ to }) => to.includes(ward) && to.length === 1)).to.equal(true)
    expect(asked[0]).to.be.within(131, 156)
    expect(asked).to.have.lengthOf(5)
    for (const [i, millis] of asked.slice(1).entries()) expect(millis - asked[i]!).to.be.within(45, 70)
  })

  it('takes an answer for a heartbeat (rule 4)', () => {
    const subject = Subject.serving(10)
    const { ward, talking } = silenceOf(subject, 390)
    subject.hear(ward, 'ack', facts)
    subject.run(390, talking)
    expect(subject.sent('suspect')).to.deep.equal([])
  })

  it('votes at 400 ms of silence, 100 and 200 ms later, then each second (rule 5)', () => {
    const subject = Subject.serving(10)
    const heardMillis = subject.nowMillis
    const { ward } = silenceOf(subject, 2900)
    const votes = subject.sent('suspect').filter(({ message }) => message.accused.name === ward)
    const after = votes.map(({ atMillis }) => atMillis - heardMillis)
    expect(after[0]).to.be.within(400, 425)
    const pauses = after.slice(1).map((millis, i) => Math.round((millis - after[i]!) / 25) * 25)
    expect(pauses).to.deep.equal([100, 100, 1000, 1000])
  })

  it('votes to the accused and its five nearest live predecessors, not to all (rule 5)', () => {
    const subject = Subject.serving(20)
    const { ward } = silenceOf(subject, 450)
    const [vote] = subject.sent('suspect')
    expect(vote!.to).to.deep.equal([ward, ...subject.others.slice(-5).reverse()])
    expect(vote!.message.accused).to.deep.equal({ name: ward, incarnation: 500 })
  })

  it('votes to some that were heard just now as well: the nearest predecessors may have died too', () => {
    const subject = Subject.serving(20)
    const heard = subject.others.slice(8, 10)
    subject.run(650, heard)
    const last = subject.sent('suspect').findLast(({ message }) => message.accused.name === subject.others[0])
    expect(last!.to).to.include.members(heard)
  })

  it('asks whom another accuses, and votes when it has been silent as long as a ward may be', () => {
    const subject = Subject.serving(20)
    const accused = { name: subject.others[10]!, incarnation: 500 }
    const talking = subject.others.filter((name) => name !== accused.name)
    subject.run(1)
    subject.hear(subject.others[3]!, 'suspect', { accused })
    subject.run(390, talking)
    expect(subject.sent('ping').filter(({ to }) => to.includes(accused.name))).to.have.lengthOf(2)
    expect(subject.sent('suspect')).to.deep.equal([])
    subject.run(40, talking)
    expect(subject.sent('suspect').map(({ message }) => message.accused)).to.deep.equal([accused])
    expect(subject.life(accused.name)).to.equal('dead')
  })

  it('asks whom another accuses, and leaves it at that when there is an answer', () => {
    const subject = Subject.serving(20)
    const accused = { name: subject.others[10]!, incarnation: 500 }
    subject.run(1)
    subject.hear(subject.others[3]!, 'suspect', { accused })
    subject.hear(accused.name, 'ack', facts)
    subject.run(
      1000,
      subject.others.filter((name) => name !== accused.name),
    )
    expect(subject.sent('suspect')).to.deep.equal([])
  })

  it('believes no death on its own vote while it hears members (rules 6, 7)', () => {
    const subject = Subject.serving(10)
    const { ward } = silenceOf(subject, 5000)
    expect(subject.life(ward)).to.equal('alive')
  })

  it('believes a death on two votes of different members (rule 6)', () => {
    const subject = Subject.serving(10)
    const { ward } = silenceOf(subject, 450)
    subject.hear(subject.others[5]!, 'suspect', { accused: { name: ward, incarnation: 500 } })
    expect(subject.life(ward)).to.equal('dead')
    expect(subject.actions('changed').at(-1)?.names).to.deep.equal([ward])
  })

  it('counts two votes of others as well, whoever they are (rule 6)', () => {
    const subject = Subject.serving(20)
    const accused = { name: subject.others[10]!, incarnation: 500 }
    subject.hear(subject.others[3]!, 'suspect', { accused })
    subject.hear(subject.others[3]!, 'suspect', { accused })
    expect(subject.life(accused.name)).to.equal('alive')
    subject.hear(subject.others[15]!, 'suspect', { accused })
    expect(subject.life(accused.name)).to.equal('dead')
  })

  it('does not count a vote older than a second (rule 5)', () => {
    const subject = Subject.serving(20)
    const accused = { name: subject.others[10]!, incarnation: 500 }
    subject.hear(subject.others[3]!, 'suspect', { accused })
    subject.run(1001, subject.others)
    subject.hear(subject.others[15]!, 'suspect', { accused })
    expect(subject.life(accused.name)).to.equal('alive')
  })

  it('does not count the vote of a voter that is believed dead itself (rule 6)', () => {
    const subject = Subject.serving(20)
    const [voter, accused] = [subject.others[3]!, { name: subject.others[10]!, incarnation: 500 }]
    subject.hear(voter, 'suspect', { accused })
    subject.hear(subject.others[7]!, 'dead', { lives: [{ name: voter, incarnation: 500 }] })
    subject.hear(subject.others[15]!, 'suspect', { accused })
    expect(subject.life(accused.name)).to.equal('alive')
  })

  it('sends who accuses an earlier life the news of the present one (rule 10)', () => {
    const subject = Subject.serving(20)
    const [voter, accused] = [subject.others[3]!, subject.others[10]!]
    subject.hear(accused, 'alive', { incarnation: 501, ...facts })
    subject.hear(voter, 'suspect', { accused: { name: accused, incarnation: 500 } })
    const [news] = subject.sent('news')
    expect(news!.to).to.deep.equal([voter])
    expect(news!.message.members).to.deep.equal([
      { name: accused, incarnation: 501, phase: 'serving', isAlive: true, ...facts },
    ])
  })

  it('forgets the votes on a member when it refutes them (rule 10)', () => {
    const subject = Subject.serving(20)
    const accused = subject.others[10]!
    subject.hear(subject.others[3]!, 'suspect', { accused: { name: accused, incarnation: 500 } })
    subject.hear(accused, 'alive', { incarnation: 501, ...facts })
    subject.hear(subject.others[4]!, 'suspect', { accused: { name: accused, incarnation: 501 } })
    expect(subject.life(accused)).to.equal('alive')
  })

  it('needs one vote only where there are two members (rule 7)', () => {
    const subject = Subject.serving(2)
    subject.run(450)
    expect(subject.life(subject.others[0]!)).to.equal('dead')
  })

  it('believes its own vote when it has heard frames but no member for 500 ms (rule 7)', () => {
    const subject = Subject.serving(3)
    subject.run(450)
    expect(subject.life(subject.others[0]!)).to.equal('alive')
    subject.run(100)
    expect(subject.others.map((name) => subject.life(name))).to.deep.equal(['dead', 'dead'])
  })

  it('votes for silent watchers too after two votes that nobody joined, for two seconds (rule 8)', () => {
    const subject = Subject.serving(20)
    const [ward, ...talking] = subject.others.slice(0, -3) as [string, ...string[]]
    const watchers = subject.others.slice(-3)
    subject.run(720, talking)
    const accused = new Set(subject.sent('suspect').map(({ message }) => message.accused.name))
    expect([...accused]).to.have.members([ward, ...watchers])
    subject.run(2500, [ward, ...talking])
    subject.done.length = 0
    subject.run(1000, [ward, ...talking])
    expect(subject.sent('suspect')).to.deep.equal([])
  })

  it('leaves watchers in peace that answer after its two votes (rule 8)', () => {
    const subject = Subject.serving(20)
    const { ward } = silenceOf(subject, 900)
    const accused = new Set(subject.sent('suspect').map(({ message }) => message.accused.name))
    expect([...accused]).to.deep.equal([ward])
    expect(subject.sent('ping').flatMap(({ to }) => to)).to.include.members(subject.others.slice(-3))
  })

  it('calls no ward of its own before it has been silent long enough itself (rule 8)', () => {
    const subject = Subject.serving(5)
    const [first, second, ...talking] = subject.others as [string, string, ...string[]]
    subject.run(480, [second, ...talking])
    subject.run(300, talking)
    const accused = new Set(subject.sent('suspect').map(({ message }) => message.accused.name))
    expect([...accused]).to.deep.equal([first])
  })

  it('is not alone after a stall of its own (rule 7)', () => {
    const subject = Subject.serving(10)
    const { ward } = silenceOf(subject, 450)
    subject.stall(600)
    expect(subject.life(ward)).to.equal('alive')
  })

  it('certifies what two votes have proven to the accused and to all the living, gathered for 5 ms (rule 9)', () => {
    const subject = Subject.serving(20)
    const dead = subject.others.slice(8, 10)
    for (const name of dead) {
      subject.hear(subject.others[3]!, 'suspect', { accused: { name, incarnation: 500 } })
      subject.hear(subject.others[4]!, 'suspect', { accused: { name, incarnation: 500 } })
    }
    const provenMillis = subject.nowMillis
    subject.run(10)
    const [certificate, ...more] = subject.sent('dead')
    expect(more).to.deep.equal([])
    expect(certificate!.atMillis - provenMillis).to.equal(5)
    expect(certificate!.message.lives).to.deep.equal(dead.map((name) => ({ name, incarnation: 500 })))
    expect(certificate!.to).to.have.members(subject.others)
  })

  it('does not put a certificate off because more deaths are proven (rule 9)', () => {
    const subject = Subject.serving(20)
    for (const name of subject.others.slice(8, 12)) {
      subject.hear(subject.others[3]!, 'suspect', { accused: { name, incarnation: 500 } })
      subject.hear(subject.others[4]!, 'suspect', { accused: { name, incarnation: 500 } })
      subject.run(2)
    }
    expect(subject.sent('dead').map(({ message }) => message.lives.length)).to.deep.equal([3])
  })

  it('believes one certificate of a member at once, and passes it on to nobody (rule 9)', () => {
    const subject = Subject.serving(20)
    const dead = subject.others[10]!
    subject.hear(subject.others[3]!, 'dead', { lives: [{ name: dead, incarnation: 500 }] })
    expect(subject.life(dead)).to.equal('dead')
    subject.run(
      50,
      subject.others.filter((name) => name !== dead),
    )
    expect(subject.sent('dead')).to.deep.equal([])
  })

  it('does not believe a certificate of an earlier life (rule 9)', () => {
    const subject = Subject.serving(20)
    const accused = subject.others[10]!
    subject.hear(accused, 'alive', { incarnation: 501, ...facts })
    subject.hear(subject.others[3]!, 'dead', { lives: [{ name: accused, incarnation: 500 }] })
    expect(subject.life(accused)).to.equal('alive')
  })

  it('moves every deadline by the time it was stalled itself (rule 3)', () => {
    const subject = Subject.serving(10)
    const talking = subject.others.slice(1)
    subject.beat(subject.others[0]!)
    subject.run(100, talking)
    subject.stall(380)
    for (const name of talking) subject.beat(name)
    subject.run(250, talking)
    expect(subject.sent('suspect')).to.deep.equal([])
    subject.run(200, talking)
    expect(subject.sent('suspect')).not.to.deep.equal([])
  })

  it('casts no vote in the turn of a late timer: heartbeats may lie unread in the socket (rule 3)', () => {
    const subject = Subject.serving(10)
    const { ward } = silenceOf(subject, 395)
    subject.stall(60)
    expect(subject.sent('suspect')).to.deep.equal([])
    subject.beat(ward)
    subject.run(100, subject.others)
    expect(subject.sent('suspect')).to.deep.equal([])
  })

  it('votes all the same on a machine whose timers are always late (rule 3)', () => {
    const subject = Subject.serving(10)
    for (let turn = 0; turn < 40; turn++) {
      subject.nowMillis = subject.machine.dueMillis + 20
      for (const name of subject.others.slice(1)) subject.beat(name)
      subject.step({ type: 'wake', lateMillis: 20 })
    }
    expect(subject.sent('suspect')).not.to.deep.equal([])
  })

  it('asks a ward that has become one by the death of another at once, again after 60 ms, and accuses it at 120 (rule 13)', () => {
    const subject = Subject.serving(20)
    const [dead, , , heir] = subject.others as [string, string, string, string]
    const talking = subject.others.filter((name) => name !== dead && name !== heir)
    subject.run(1)
    subject.hear(talking[8]!, 'dead', { lives: [{ name: dead, incarnation: 500 }] })
    const sinceMillis = subject.nowMillis
    subject.run(160, talking)
    const asked = subject.sent('ping').filter(({ to }) => to.includes(heir))
    expect(asked[0]!.atMillis).to.equal(sinceMillis)
    expect(asked[1]!.atMillis - sinceMillis).to.be.within(60, 85)
    expect(subject.sent('suspect')[0]!.atMillis - sinceMillis).to.be.within(120, 145)
  })

  it('takes 2, 4, 8 more wards when those it has just adopted are dead too (rule 13)', () => {
    const subject = Subject.serving(120)
    subject.run(1)
    const talking = subject.others.slice(100)
    const counts: number[] = []
    for (const name of subject.others.slice(0, 9)) {
      subject.done.length = 0
      subject.hear(talking[8]!, 'dead', { lives: [{ name, incarnation: 500 }] })
      counts.push(...subject.sent('ping').map(({ to }) => to.length))
      subject.run(101, talking)
    }
    expect(counts).to.deep.equal([1, 1, 1, 3, 3, 5, 9, 17, 33])
  })

  it('lets those go that it took in excess behind the third that answers: they may only be slow (rule 13)', () => {
    const subject = Subject.serving(120)
    subject.run(1)
    const [gone, slow] = [subject.others.slice(0, 9), subject.others.slice(14)]
    const teller = subject.others[100]!
    for (const name of gone) {
      subject.hear(teller, 'dead', { lives: [{ name, incarnation: 500 }] })
      subject.run(101, subject.others.slice(100))
    }
    for (const name of subject.others.slice(9, 14)) subject.hear(name, 'ack', facts)
    subject.run(30)
    subject.done.length = 0
    subject.run(900, subject.others.slice(9, 14))
    const accused = new Set(subject.sent('suspect').map(({ message }) => message.accused.name))
    expect([...accused].filter((name) => slow.includes(name))).to.deep.equal([])
    subject.done.length = 0
    subject.run(390)
    const asked = new Set(subject.sent('ping').flatMap(({ to }) => to))
    expect([...asked]).to.deep.equal(subject.others.slice(9, 12))
  })

  it('takes more wards once for all deaths of one moment (rule 13)', () => {
    const subject = Subject.serving(40)
    subject.run(1)
    const [teller, gone] = [subject.others[20]!, subject.others.slice(0, 6)]
    const die = (names: string[]) =>
      subject.hear(teller, 'dead', { lives: names.map((name) => ({ name, incarnation: 500 })) })
    die(gone.slice(0, 3))
    subject.done.length = 0
    die(gone.slice(3))
    expect(subject.sent('ping').flatMap(({ to }) => to)).to.have.lengthOf(5)
  })

  it('waits longer each time before it accuses again whom others hear and it does not', () => {
    const subject = Subject.serving(10)
    const [ward, ...talking] = subject.others as [string, ...string[]]
    for (let second = 0; second < 60; second++) {
      subject.run(1000, talking)
      const said = subject.sent('suspect').at(-1)?.message.accused.incarnation ?? 0
      if (said === subject.machine.member(ward)!.incarnation) {
        const members = [{ name: ward, incarnation: said + 1, phase: 'serving' as const, isAlive: true, ...facts }]
        subject.hear(talking[0]!, 'news', { members })
      }
    }
    expect(subject.life(ward)).to.equal('alive')
    expect(subject.sent('suspect').length).to.be.within(5, 30)
  })

  it('is as quick as ever once it has heard whom it did not hear', () => {
    const subject = Subject.serving(10)
    const { ward, talking } = silenceOf(subject, 450)
    const members = [{ name: ward, incarnation: 501, phase: 'serving' as const, isAlive: true, ...facts }]
    subject.hear(talking[0]!, 'news', { members })
    subject.beat(ward, 501)
    subject.done.length = 0
    subject.run(450, talking)
    expect(subject.sent('suspect')).not.to.deep.equal([])
  })

  it('joins the vote of another at once when it has been silent here too', () => {
    const subject = Subject.serving(10)
    const { ward, talking } = silenceOf(subject, 450)
    const members = [{ name: ward, incarnation: 501, phase: 'serving' as const, isAlive: true, ...facts }]
    subject.hear(talking[0]!, 'news', { members })
    subject.run(500, talking)
    const before = subject.sent('suspect').length
    subject.hear(talking[0]!, 'suspect', { accused: { name: ward, incarnation: 501 } })
    expect(subject.sent('suspect')).to.have.lengthOf(before + 1)
    expect(subject.life(ward)).to.equal('dead')
  })
})

describe('a hint of a crash', () => {
  it('has the member asked at once, and its watchers told', () => {
    const subject = Subject.serving(20)
    const name = subject.others.at(-1)!
    subject.step({ type: 'unreachable', name })
    expect(subject.sent('ping').map(({ to }) => to)).to.deep.equal([[name]])
    const [told] = subject.sent('crashed')
    expect(told!.to).to.deep.equal(subject.others.slice(-6, -1).reverse())
    expect(told!.message.accused).to.deep.equal({ name, incarnation: 500 })
  })

  it('becomes a vote after 30 ms when the ping is refused too', () => {
    const subject = Subject.serving(20)
    const name = subject.others.at(-1)!
    subject.step({ type: 'unreachable', name })
    subject.run(2, subject.others)
    subject.step({ type: 'unreachable', name })
    subject.run(27)
    expect(subject.sent('suspect')).to.deep.equal([])
    subject.run(2)
    expect(subject.sent('suspect').map(({ message }) => message.accused.name)).to.deep.equal([name])
  })

  it('is forgotten when the member answers: a forged one costs nothing', () => {
    const subject = Subject.serving(20)
    const name = subject.others.at(-1)!
    subject.step({ type: 'unreachable', name })
    subject.run(2)
    subject.step({ type: 'unreachable', name })
    subject.hear(name, 'ack', facts)
    subject.run(100, subject.others)
    expect(subject.sent('suspect')).to.deep.equal([])
  })

  it('is forgotten when the ping is not refused', () => {
    const subject = Subject.serving(20)
    const name = subject.others.at(-1)!
    subject.step({ type: 'unreachable', name })
    subject.run(40, subject.others)
    subject.step({ type: 'unreachable', name })
    subject.run(20)
    expect(subject.sent('suspect')).to.deep.equal([])
  })

  it('of another is no vote: the member is asked from here', () => {
    const subject = Subject.serving(20)
    const [name, teller] = [subject.others.at(-1)!, subject.others[4]!]
    subject.hear(teller, 'crashed', { accused: { name, incarnation: 500 } })
    expect(subject.sent('ping').map(({ to }) => to)).to.deep.equal([[name]])
    subject.step({ type: 'unreachable', name })
    subject.run(31)
    expect(subject.sent('suspect').map(({ message }) => message.accused.name)).to.deep.equal([name])
  })

  it('waits once more when the timer is late: the answer may lie unread', () => {
    const subject = Subject.serving(20)
    const name = subject.others.at(-1)!
    subject.step({ type: 'unreachable', name })
    subject.run(2)
    subject.step({ type: 'unreachable', name })
    subject.stall(100)
    expect(subject.sent('suspect')).to.deep.equal([])
    subject.hear(name, 'ack', facts)
    subject.run(50, subject.others)
    expect(subject.sent('suspect')).to.deep.equal([])
  })
})
