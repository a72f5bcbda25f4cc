import { expect } from 'chai'
import { rotation, type Secret, Secrets } from './secrets.ts'

const text = (word: string) => Buffer.from(word)
const wordOf = ({ text }: Secret) => Buffer.from(text).toString()

const minutes = (count: number) => count * 60_000

describe('the secrets of the member list', () => {
  const rows: { atMinute: number; seals: string; accepts: string[] }[] = [
    { atMinute: 0, seals: 'old', accepts: ['new', 'old'] },
    { atMinute: 2.99, seals: 'old', accepts: ['new', 'old'] },
    { atMinute: 3, seals: 'new', accepts: ['new', 'old'] },
    { atMinute: 9.99, seals: 'new', accepts: ['new', 'old'] },
    { atMinute: 10, seals: 'new', accepts: ['new'] },
  ]
  for (const { atMinute, seals, accepts } of rows) {
    it(`${atMinute} minutes after a change seal with the ${seals} one and accept ${accepts.join(' and ')}`, () => {
      const secrets = new Secrets(text('old'), 0)
      const changedMillis = minutes(60)
      expect(secrets.replace(text('new'), changedMillis)).to.equal(true)
      const nowMillis = changedMillis + minutes(atMinute)
      expect(wordOf(secrets.sealing(nowMillis))).to.equal(seals)
      expect(secrets.accepted(nowMillis).map(wordOf)).to.deep.equal(accepts)
      expect(wordOf(secrets.newest)).to.equal('new')
    })
  }

  it('are three when two changes follow each other within minutes', () => {
    const secrets = new Secrets(text('a'), 0)
    secrets.replace(text('b'), minutes(1))
    secrets.replace(text('c'), minutes(3))
    expect(wordOf(secrets.sealing(minutes(3.5)))).to.equal('a')
    expect(wordOf(secrets.sealing(minutes(4)))).to.equal('b')
    expect(wordOf(secrets.sealing(minutes(6)))).to.equal('c')
    expect(secrets.accepted(minutes(10.9)).map(wordOf)).to.deep.equal(['c', 'b', 'a'])
    expect(secrets.accepted(minutes(11)).map(wordOf)).to.deep.equal(['c', 'b'])
  })

  it('stay as they are while the text does', () => {
    const secrets = new Secrets(text('a'), 0)
    const before = secrets.newest
    expect(secrets.replace(text('a'), minutes(1))).to.equal(false)
    expect(secrets.newest).to.equal(before)
  })

  it('can be empty, and become a text in the same way', () => {
    const secrets = new Secrets(text(''), 0)
    secrets.replace(text('new'), 0)
    expect(secrets.accepted(rotation.oldSealsMillis).map(wordOf)).to.deep.equal(['new', ''])
    expect(secrets.accepted(rotation.oldIsAcceptedMillis).map(wordOf)).to.deep.equal(['new'])
  })
})
