import { expect } from 'chai'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { accessLimits, createAccessCheck } from './metrics-access.ts'
import { reviewClient } from './testing/review-client.ts'

const users = { prometheus: { allowed: true }, visitor: { allowed: false } }
const both = ['TokenReview', 'SubjectAccessReview']

function fixture() {
  const clock = new VirtualClock()
  const api = reviewClient(users)
  return { clock, ...api, access: createAccessCheck({ client: api.client, clock, path: '/metrics' }) }
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

  it('remembers a bounded number of tokens, the oldest goes first', async () => {
    const { access, reviews } = fixture()
    await access('prometheus')
    for (let index = 0; index < accessLimits.entries; index++) await access(`guess-${index}`)
    reviews.length = 0
    await access(`guess-${accessLimits.entries - 1}`)
    expect(reviews).to.deep.equal([])
    await access('prometheus')
    expect(reviews).to.deep.equal(both)
  })
})
