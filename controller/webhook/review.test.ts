import { expect } from 'chai'
import fc from 'fast-check'
import { formatReview, parseReview, ReviewError } from './review.ts'

const object = { metadata: { name: 'lan' }, spec: { addresses: ['192.0.2.0/24'] } }

const review = (request: object = {}, head: object = {}) =>
  JSON.stringify({
    ...{ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' },
    request: {
      ...{ uid: 'u-1', operation: 'CREATE', namespace: 'metallb-system', object, oldObject: null },
      kind: { group: 'metallb.io', version: 'v1beta1', kind: 'IPAddressPool' },
      userInfo: { username: 'jane' },
      ...request,
    },
    ...head,
  })

const parse = (text: string) => parseReview(text, 'IPAddressPool')

describe('an AdmissionReview', () => {
  it('is read as the API server writes it, with null for what is absent', () => {
    expect(parse(review())).to.deep.equal({
      uid: 'u-1',
      user: 'jane',
      request: { operation: 'CREATE', kind: 'IPAddressPool', namespace: 'metallb-system', object },
    })
  })

  it('brings the former self of an object', () => {
    expect(parse(review({ operation: 'DELETE', object: null, oldObject: object })).request).to.deep.include({
      oldObject: object,
    })
  })

  const refused: Record<string, [string, string]> = {
    'no JSON': ['{', 'is not JSON'],
    'nothing at all': ['', 'is not JSON'],
    'a JSON text': ['"review"', 'the body is not an object'],
    'another version': [review({}, { apiVersion: 'admission.k8s.io/v1beta1' }), 'admission.k8s.io/v1'],
    'another kind of body': [review({}, { kind: 'Pod' }), 'AdmissionReview'],
    'no request': [review({}, { request: null }), 'request is not an object'],
    'a request without uid': [review({ uid: '' }), 'request.uid is not a text'],
    'a request without operation': [review({ operation: 7 }), 'request.operation is not a text'],
    'an object of the kind of another path': [
      review({ kind: { kind: 'Pod' } }),
      '"Pod": this path is for IPAddressPool',
    ],
    'an object that is a text': [review({ object: 'lan' }), 'request.object is not an object'],
    'metadata that are a list': [review({ object: { metadata: [] } }), 'request.object.metadata is not an object'],
  }
  for (const [what, [text, problem]] of Object.entries(refused))
    it(`is refused with ${what}, and says so`, () => expect(() => parse(text)).to.throw(ReviewError, problem))

  it('is a request or a ReviewError, whatever comes', () => {
    const parseAnything = (text: string) => {
      try {
        parse(text)
      } catch (error) {
        expect(error).to.be.instanceOf(ReviewError)
      }
    }
    fc.assert(fc.property(fc.json(), parseAnything), { interruptAfterTimeLimit: 2000 })
    fc.assert(
      fc.property(fc.object(), (request) => parseAnything(review(request))),
      { interruptAfterTimeLimit: 2000 },
    )
  })

  it('is answered with its uid, and with a reason only when the answer is no', () => {
    const warnings = ['careful']
    expect(JSON.parse(formatReview('u-1', { allowed: true, code: 200, warnings }))).to.deep.equal({
      ...{ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' },
      response: { uid: 'u-1', allowed: true, status: { code: 200 }, warnings },
    })
    const no = { allowed: false, code: 403, message: 'overlaps', warnings: [] } as const
    expect(JSON.parse(formatReview('u-1', no)).response).to.deep.equal({
      ...{ uid: 'u-1', allowed: false },
      status: { code: 403, message: 'overlaps', reason: 'Forbidden' },
    })
  })
})
