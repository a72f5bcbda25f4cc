import { expect } from 'chai'
import { pool } from '../../config/testing/objects.ts'
import { recordingLogger } from '../../daemon/testing/recording-logger.ts'
import { answerReview } from './answer.ts'

const options = { namespace: 'metallb-system', backend: 'native' } as const

function ask(object: object, kind = 'IPAddressPool') {
  const { log, lines } = recordingLogger()
  const request = {
    ...{ uid: 'u-1', operation: 'CREATE', namespace: 'metallb-system', object },
    ...{ kind: { kind: 'IPAddressPool' }, userInfo: { username: 'jane' } },
  }
  const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })
  const read = () => ({ pools: [pool('lan', ['192.0.2.0/24'])] })
  return { reply: answerReview(body, kind, { read, options, log }), lines }
}

describe('an answer to an API server', () => {
  it('is a review that allows, and nothing in the log', () => {
    const { reply, lines } = ask(pool('other', ['198.51.100.0/24']))
    expect(reply).to.deep.include({ status: 200, headers: { 'content-type': 'application/json' } })
    expect(JSON.parse(reply.body).response).to.include({ uid: 'u-1', allowed: true })
    expect(lines).to.have.length(0)
  })

  it('is a review that refuses, and a line about who was refused what', () => {
    const { reply, lines } = ask(pool('other', ['192.0.2.0/25']))
    expect(reply.status).to.equal(200)
    expect(JSON.parse(reply.body).response).to.include({ allowed: false })
    expect(lines[0]).to.include({ event: 'admissionRefused', user: 'jane', kind: 'IPAddressPool', name: 'other' })
    expect(lines[0]?.['error']).to.include('overlaps')
  })

  it('is HTTP 400 to what is no review of this kind', () => {
    expect(ask(pool('other', []), 'BGPPeer').reply).to.include({ status: 400 })
  })
})
