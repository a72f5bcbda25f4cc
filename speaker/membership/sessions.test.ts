import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { protocolVersion } from './seal.ts'
import { rotation, Secrets } from './secrets.ts'
import { limits, type Received, type Refusal, Sessions } from './sessions.ts'

const secret = Buffer.from('AAECAwQFBgcICQoLDA0ODw')

/** Bytes that look random and are the same in each run. */
function seeded(seed: string): (bytes: number) => Buffer {
  let count = 0
  return (bytes) => createHash('sha256').update(`${seed} ${count++}`).digest().subarray(0, bytes)
}

let boots = 0

function boot(name: string, text: Uint8Array = secret): Sessions {
  return new Sessions({ name, secrets: new Secrets(text, 0), random: seeded(`${name} ${boots++}`) })
}

const text = (received: Received): string =>
  received.type === 'message' ? Buffer.from(received.plaintext).toString() : JSON.stringify(received)

const reasonOf = (received: Received): Refusal | string =>
  received.type === 'refused' ? received.reason : received.type

function replyOf(received: Received): Buffer {
  if (received.type !== 'reply') throw new Error(`no reply: ${text(received)}`)
  return received.datagram
}

interface Peer {
  readonly name: string
  readonly sessions: Sessions
}

/** What the receiver has heard in the end, and how many datagrams it took. */
function deliver(from: Peer, to: Peer, word: string, nowMillis = 0): { heard: string; datagrams: Buffer[] } {
  const datagrams = [from.sessions.seal(to.name, Buffer.from(word), nowMillis)]
  const opened = to.sessions.open(datagrams[0]!, nowMillis)
  if (opened.type !== 'reply') return { heard: text(opened), datagrams }
  datagrams.push(opened.datagram)
  const answer = from.sessions.open(opened.datagram, nowMillis)
  if (answer.type !== 'reply') return { heard: text(answer), datagrams }
  datagrams.push(answer.datagram)
  return { heard: text(to.sessions.open(answer.datagram, nowMillis)), datagrams }
}

describe('sealed datagrams between two speakers', () => {
  let one: Peer
  let two: Peer

  beforeEach(() => {
    one = { name: 'n1', sessions: boot('n1') }
    two = { name: 'n2', sessions: boot('n2') }
  })

  const open = (to: Peer, datagram: Buffer, nowMillis = 0) => reasonOf(to.sessions.open(datagram, nowMillis))

  describe('of a boot that is new', () => {
    it('are delivered after a challenge, and the next ones at once', () => {
      const first = deliver(one, two, 'hello')
      expect([first.heard, first.datagrams.length]).to.deep.equal(['hello', 3])
      const second = deliver(one, two, 'again')
      expect([second.heard, second.datagrams.length]).to.deep.equal(['again', 1])
    })

    it('are challenged again when the answer does not come, but not at each datagram', () => {
      const send = (nowMillis: number) => open(two, one.sessions.seal('n2', Buffer.from('x'), nowMillis), nowMillis)
      expect([send(0), send(1), send(19), send(20), send(21)]).to.deep.equal([
        'reply',
        'nothing',
        'nothing',
        'reply',
        'nothing',
      ])
    })

    it('deliver the first of several messages, once, also when two challenges were answered', () => {
      const [first, second] = ['first', 'second'].map((word) => one.sessions.seal('n2', Buffer.from(word), 0))
      const challenges = [two.sessions.open(first!, 0), two.sessions.open(second!, 20)].map(replyOf)
      const answers = challenges.map((challenge) => replyOf(one.sessions.open(challenge, 21)))
      expect(answers.map((answer) => text(two.sessions.open(answer, 22)))).to.deep.equal([
        'first',
        '{"type":"nothing"}',
      ])
      expect(open(two, first!, 23)).to.equal('replayed')
    })

    it('keep a message for a second, and then a newer one', () => {
      const [old, fresh] = ['old', 'new'].map((word) => one.sessions.seal('n2', Buffer.from(word), 0))
      two.sessions.open(old!, 0)
      const challenge = replyOf(two.sessions.open(fresh!, limits.keepMillis))
      const answer = replyOf(one.sessions.open(challenge, limits.keepMillis))
      expect(text(two.sessions.open(answer, limits.keepMillis))).to.equal('new')
    })

    it('replace the boot before: what was recorded of that is not believed again', () => {
      const { datagrams } = deliver(one, two, 'before the restart')
      const restarted = { name: 'n1', sessions: boot('n1') }
      expect(deliver(restarted, two, 'after it').heard).to.equal('after it')
      const challenge = replyOf(two.sessions.open(datagrams[0]!, 10))
      expect(open(restarted, challenge, 10)).to.equal('nothing')
      expect(open(two, datagrams[2]!, 10)).to.equal('unasked')
      expect(deliver(restarted, two, 'still here').datagrams.length).to.equal(1)
    })

    it('are not believed for the answer to another challenge', () => {
      const { datagrams } = deliver(one, two, 'hello')
      const restarted = { name: 'n2', sessions: boot('n2') }
      const later = one.sessions.seal('n2', Buffer.from('x'), 0)
      replyOf(restarted.sessions.open(later, 0))
      expect(open(restarted, datagrams[2]!)).to.equal('unasked')
    })
  })

  describe('that were recorded', () => {
    it('are refused the second time', () => {
      const { datagrams } = deliver(one, two, 'hello')
      expect(datagrams.map((datagram) => open(two, datagram))).to.include.members(['replayed'])
      expect(open(two, datagrams[0]!)).to.equal('replayed')
      expect(open(two, datagrams[2]!)).to.equal('replayed')
    })

    it('are refused by a receiver that has forgotten them by a restart', () => {
      const { datagrams } = deliver(one, two, 'a second ago and more')
      for (const nowMillis of [1000, 2000]) one.sessions.seal('n2', Buffer.from('x'), nowMillis)
      const restarted = { name: 'n2', sessions: boot('n2') }
      const challenge = replyOf(restarted.sessions.open(datagrams[0]!, 2000))
      const answer = replyOf(one.sessions.open(challenge, 2000))
      expect(open(restarted, answer, 2000)).to.equal('replayed')
      expect(open(restarted, datagrams[0]!, 2000)).to.equal('replayed')
      expect(deliver(one, restarted, 'now', 2000).heard).to.equal('now')
    })
  })

  describe('that are not what they seem', () => {
    it('are foreign with another secret, and nothing is answered', () => {
      const stranger = { name: 'n1', sessions: boot('n1', Buffer.from('another secret')) }
      expect(deliver(stranger, two, 'hello').heard).to.equal('{"type":"refused","reason":"foreign"}')
      deliver(one, two, 'hello')
      expect(deliver(stranger, two, 'hello').heard).to.equal('{"type":"refused","reason":"foreign"}')
    })

    it('are refused by another receiver, and by their own sender', () => {
      const three = { name: 'n3', sessions: boot('n3') }
      for (const peer of [one, three]) deliver(one, peer, 'hello')
      deliver(two, three, 'hello')
      const datagram = one.sessions.seal('n2', Buffer.from('for n2 only'), 0)
      expect(['forged', 'foreign']).to.include(open(three, datagram))
      expect(['forged', 'foreign']).to.include(open(one, datagram))
    })

    it('are refused whichever byte was changed, before the boot is known and after', () => {
      const datagram = one.sessions.seal('n2', Buffer.from('hello'), 0)
      const reasons = new Set<string>()
      const tryEach = (): void => {
        for (let at = 0; at < datagram.length; at++) {
          const changed = Buffer.from(datagram)
          changed[at]! ^= 1
          reasons.add(open(two, changed))
        }
      }
      tryEach()
      deliver(one, two, 'hello')
      tryEach()
      expect([...reasons].sort()).to.deep.equal(['foreign', 'forged', 'malformed', 'version'])
      expect(text(two.sessions.open(datagram, 0))).to.equal('hello')
    })

    it('are refused wherever they are cut off', () => {
      deliver(one, two, 'hello')
      const datagram = one.sessions.seal('n2', Buffer.from('hello'), 0)
      for (let length = 0; length < datagram.length; length++) {
        expect(['malformed', 'forged']).to.include(open(two, datagram.subarray(0, length)), `${length}`)
      }
    })

    it("are of another version, such as those of MetalLB's own speakers", () => {
      for (const first of [0, 1, 7, 12, 244, protocolVersion + 1]) {
        expect(open(two, Buffer.concat([Buffer.of(first), Buffer.alloc(60)]))).to.equal('version')
      }
    })

    it('never throw, whatever they are, and leave the sessions as they were', () => {
      deliver(one, two, 'hello')
      const genuine = one.sessions.seal('n2', Buffer.from('genuine'), 0)
      const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
      const ours = noise.map((bytes) => Buffer.concat([genuine.subarray(0, 27 + (bytes.length % 3)), bytes]))
      const spliced = fc.tuple(noise, fc.nat(genuine.length)).map(([bytes, at]) => {
        return Buffer.concat([genuine.subarray(0, at), bytes, genuine.subarray(at + 1)])
      })
      fc.assert(
        fc.property(fc.oneof(noise, ours, spliced), fc.nat(3000), (datagram, nowMillis) => {
          fc.pre(!datagram.equals(genuine))
          expect(two.sessions.open(datagram, nowMillis).type).to.equal('refused')
        }),
        { interruptAfterTimeLimit: 1000, numRuns: 5000 },
      )
      expect(text(two.sessions.open(genuine, 3000))).to.equal('genuine')
    })
  })

  it('lengthen a message by 43 bytes and the name of the sender', () => {
    const datagram = one.sessions.seal('n2', Buffer.alloc(100), 0)
    expect(datagram.length).to.equal(100 + 43 + 2)
  })

  it('cost no more than so many keys a second, whoever sends them', () => {
    const foreign = boot('n1', Buffer.from('another secret')).seal('n2', Buffer.from('x'), 0)
    const reasons = Array.from({ length: limits.unknown.burst + 1 }, () => open(two, foreign))
    expect(reasons.slice(-2)).to.deep.equal(['foreign', 'limited'])
    expect(deliver(one, two, 'later', 1000).heard).to.equal('later')
  })

  it('are heard from where a speaker is expected, also in a flood from elsewhere', () => {
    const stranger = boot('n1', Buffer.from('another secret'))
    for (let i = 0; i <= limits.unknown.burst; i++) open(two, stranger.seal('n2', Buffer.from('x'), 0))
    const datagram = one.sessions.seal('n2', Buffer.from('hello'), 0)
    expect(open(two, datagram)).to.equal('limited')
    expect(two.sessions.open(datagram, 0, () => true).type).to.equal('reply')
  })

  it('are malformed when their sender has a name that no node has, which could not be told to others', () => {
    const open = (sender: Buffer) => {
      const header = Buffer.concat([
        Buffer.of(protocolVersion, 0),
        Buffer.alloc(23),
        Buffer.of(1, sender.length),
        sender,
      ])
      return reasonOf(two.sessions.open(Buffer.concat([header, Buffer.alloc(16)]), 0))
    }
    expect(open(Buffer.from('n1'))).to.equal('foreign')
    for (const name of ['n 1', 'n\n', 'né']) expect(open(Buffer.from(name))).to.equal('malformed')
    expect(open(Buffer.alloc(254, 'n'))).to.equal('malformed')
  })

  it('work without a secret', () => {
    const [a, b] = ['n1', 'n2'].map((name) => ({ name, sessions: boot(name, Buffer.alloc(0)) }))
    expect(deliver(a!, b!, 'hello').heard).to.equal('hello')
    expect(deliver(one, b!, 'hello').heard).to.contain('foreign')
  })
})

describe('sealed datagrams while the secret changes', () => {
  const minute = 60_000

  interface Node extends Peer {
    readonly secrets: Secrets
  }

  function node(name: string, word: string): Node {
    const secrets = new Secrets(Buffer.from(word), 0)
    return { name, secrets, sessions: new Sessions({ name, secrets, random: seeded(`${name} ${boots++}`) }) }
  }

  const change = ({ secrets }: Node, atMillis: number) => secrets.replace(Buffer.from('new'), atMillis)

  it('are understood in every minute, though the nodes get the new secret two minutes apart', () => {
    const [first, last] = [node('n1', 'old'), node('n2', 'old')]
    for (let nowMillis = 0; nowMillis <= 20 * minute; nowMillis += minute / 4) {
      if (nowMillis === minute) change(first, nowMillis)
      if (nowMillis === 3 * minute) change(last, nowMillis)
      expect(deliver(first, last, 'there', nowMillis).heard, `${nowMillis}`).to.equal('there')
      expect(deliver(last, first, 'back', nowMillis).heard, `${nowMillis}`).to.equal('back')
    }
  })

  it('reach a speaker that starts in the midst of it and knows only the new one', () => {
    const settled = node('n1', 'old')
    change(settled, minute)
    const started = node('n2', 'new')
    expect(deliver(started, settled, 'hello', minute + 1).heard).to.equal('hello')
    expect(deliver(settled, started, 'welcome', minute + 2).heard).to.equal('welcome')
  })

  it('are refused ten minutes later with the old one, also in a session that was believed', () => {
    const [changed, forgotten] = [node('n1', 'old'), node('n2', 'old')]
    deliver(forgotten, changed, 'hello')
    change(changed, 0)
    const last = rotation.oldIsAcceptedMillis - 1
    expect(deliver(forgotten, changed, 'still', last).heard).to.equal('still')
    expect(deliver(forgotten, changed, 'too late', last + 1).heard).to.contain('foreign')
  })
})
