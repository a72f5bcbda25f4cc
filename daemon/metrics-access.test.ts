import { expect } from 'chai'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { accessLimits, createAccessCheck } from './metrics-access.ts'
import { reviewClient } from './testing/review-client.ts'

const known = {
  prometheus: { allowed: true },
  grafana: { allowed: true },
  visitor: { allowed: false },
  banned: { allowed: true, denied: true },
}
const { reviewsUnderWay } = accessLimits
const both = ['TokenReview', 'SubjectAccessReview']

function fixture() {
  const clock = new VirtualClock()
  const users = structuredClone(known)
  const api = reviewClient(users)
  return { clock, users, ...api, access: createAccessCheck({ client: api.client, clock, path: '/metrics' }) }
}

describe('createAccessCheck', () => {
  it('allows a user whom both reviews accept', async () => {
    const { access, reviews } = fixture()
    expect(await access('prometheus')).to.equal('allowed')
    expect(reviews).to.deep.equal(both)
  })

  it('forbids a known user without the right', async () => {
    expect(await fixture().access('visitor')).to.equal('forbidden')
  })

  it('forbids a user whom one authorizer denies, even if another allows', async () => {
    expect(await fixture().access('banned')).to.equal('forbidden')
  })

  it('does not ask for the rights of a token that nobody owns', async () => {
    const { access, reviews } = fixture()
    expect(await access('stranger')).to.equal('unauthenticated')
    expect(reviews).to.deep.equal(['TokenReview'])
  })

  it('asks once for scrapes that come at the same time', async () => {
    const { access, reviews } = fixture()
    await Promise.all([access('prometheus'), access('prometheus')])
    expect(reviews).to.deep.equal(both)
  })

  for (const [token, lifeMillis] of [
    ['prometheus', accessLimits.allowedMillis],
    ['visitor', accessLimits.refusedMillis],
  ] as const) {
    it(`believes the answer for ${token} during ${lifeMillis} ms and then asks again`, async () => {
      const { access, reviews, clock } = fixture()
      await access(token)
      await clock.advance(lifeMillis - 1)
      await access(token)
      expect(reviews).to.deep.equal(both)
      await clock.advance(1)
      await access(token)
      expect(reviews).to.deep.equal([...both, ...both])
    })
  }

  it('does not remember a review that failed', async () => {
    const { access, fail } = fixture()
    fail(new Error('API server is away'))
    const failed = await access('prometheus').catch((error: Error) => error.message)
    fail(undefined)
    expect(failed).to.equal('API server is away')
    expect(await access('prometheus')).to.equal('allowed')
  })

  it('remembers a bounded number of refused tokens, the oldest goes first', async () => {
    const { access, reviews } = fixture()
    for (let index = 0; index <= accessLimits.entries; index++) await access(`guess-${index}`)
    reviews.length = 0
    await access('guess-1')
    expect(reviews).to.deep.equal([])
    await access('guess-0')
    expect(reviews).to.deep.equal(['TokenReview'])
  })

  it('counts a refusal that was asked for again among the newest', async () => {
    const { access, reviews, clock } = fixture()
    await access('again')
    await access('once')
    await clock.advance(accessLimits.refusedMillis)
    await access('again')
    for (let index = 1; index < accessLimits.entries; index++) await access(`guess-${index}`)
    reviews.length = 0
    await access('again')
    expect(reviews).to.deep.equal([])
  })

  it('does not forget who is allowed, however many tokens are guessed', async () => {
    const { access, reviews } = fixture()
    await access('prometheus')
    for (let index = 0; index < 2 * accessLimits.entries; index++) await access(`guess-${index}`)
    reviews.length = 0
    await access('prometheus')
    expect(reviews).to.deep.equal([])
  })

  it('asks about a few callers at once and tells the others to come later', async () => {
    const { access, reviews, hold } = fixture()
    const release = hold()
    const answers = Promise.all(Array.from({ length: 2000 }, (_, index) => access(`guess-${index}`)))
    expect(reviews).to.have.length(reviewsUnderWay)
    release()
    const busy = (await answers).filter((answer) => answer === 'busy')
    expect(busy).to.have.length(2000 - reviewsUnderWay)
    expect(await access('grafana')).to.equal('allowed')
  })

  it('asks again when a failed review has made room', async () => {
    const { access, fail } = fixture()
    fail(new Error('API server is away'))
    const guesses = Array.from({ length: reviewsUnderWay }, (_, index) => access(`guess-${index}`))
    await Promise.allSettled(guesses)
    fail(undefined)
    expect(await access('prometheus')).to.equal('allowed')
  })

  it('renews the answer for who was allowed while guessed tokens take every place', async () => {
    const { access, clock, hold } = fixture()
    await access('prometheus')
    await clock.advance(accessLimits.allowedMillis)
    const release = hold()
    const guesses = Array.from({ length: reviewsUnderWay }, (_, index) => access(`guess-${index}`))
    const renewed = access('prometheus')
    release()
    expect(await renewed).to.equal('allowed')
    await Promise.all(guesses)
  })

  it('gives no such preference to who has lost the right', async () => {
    const { access, clock, hold, users } = fixture()
    await access('prometheus')
    await clock.advance(accessLimits.allowedMillis)
    users.prometheus = { allowed: false }
    expect(await access('prometheus')).to.equal('forbidden')
    await clock.advance(accessLimits.refusedMillis)
    const release = hold()
    const guesses = Array.from({ length: reviewsUnderWay }, (_, index) => access(`guess-${index}`))
    expect(await access('prometheus')).to.equal('busy')
    release()
    await Promise.all(guesses)
  })
})
