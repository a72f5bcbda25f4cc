import { X509Certificate } from 'node:crypto'
import { expect } from 'chai'
import { createIssued, createSelfSigned } from '../../daemon/x509.ts'
import {
  bundleOf,
  formatKeyring,
  type Keyring,
  learningMillis,
  lifetimeMillis,
  nextStep,
  parseKeyring,
  type Situation,
  validity,
  withCurrent,
  withNext,
} from './keyring.ts'

const host = 'metallb-webhook-service.metallb-system.svc'
const startMillis = Date.UTC(2026, 0, 1)
const dayMillis = 86_400_000

const issue = (atMillis: number, name = host) => createIssued({ host: name, ...validity(atMillis) })

describe('the keyring of the webhook', () => {
  let fresh: Keyring
  let renewed: Keyring
  const renewedMillis = startMillis + 300 * dayMillis

  before(async () => {
    fresh = withCurrent(await issue(startMillis))
    renewed = withNext(fresh, await issue(renewedMillis))
  })

  const step = (situation: Partial<Situation>) =>
    nextStep({ stored: fresh, served: fresh, announced: true, nowMillis: startMillis, ...situation })

  it('is an ECDSA certificate for the name of the Service, from an authority of its own', () => {
    const [certificate, authority] = [fresh.current.cert, fresh.authorities[0]!].map((pem) => new X509Certificate(pem))
    expect(certificate!.publicKey.asymmetricKeyDetails?.namedCurve).to.equal('prime256v1')
    expect(certificate!.checkHost(host, { subject: 'never' })).to.equal(host)
    expect(certificate!.verify(authority!.publicKey)).to.equal(true)
    expect(authority!.ca).to.equal(true)
    expect(certificate!.ca).to.equal(false)
  })

  it('is valid for those whose clock is an hour behind', () => {
    expect(Date.parse(new X509Certificate(fresh.current.cert).validFrom)).to.equal(startMillis - 3_600_000)
  })

  describe('in its Secret', () => {
    it('comes back as it was stored', () => {
      expect(parseKeyring(formatKeyring(fresh), host, startMillis)).to.deep.equal(fresh)
      expect(parseKeyring(formatKeyring(renewed), host, renewedMillis)).to.deep.equal(renewed)
    })

    it('is what MetalLB left there', () => {
      const data = { ...formatKeyring(fresh), 'ca.key': Buffer.from('whatever').toString('base64') }
      expect(parseKeyring(data, host, startMillis)).to.deep.equal(fresh)
    })

    it('is not there when there is no Secret, or an empty one', () => {
      expect(parseKeyring(undefined, host, startMillis)).to.equal(undefined)
      expect(parseKeyring({}, host, startMillis)).to.equal(undefined)
    })

    const encode = (text: string) => Buffer.from(text).toString('base64')

    it('cannot be used when anything of it is amiss', async () => {
      const good = formatKeyring(fresh)
      const other = withCurrent(await issue(startMillis))
      const stranger = withCurrent(await issue(startMillis, 'elsewhere.svc'))
      const selfSigned = await createSelfSigned({ host, ...validity(startMillis) })
      const faults: Record<string, object> = {
        'no certificate': { ...good, 'tls.crt': '' },
        'no PEM': { ...good, 'tls.crt': encode('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----') },
        "another's key": { ...good, 'tls.key': encode(other.current.key) },
        'an authority that did not issue it': { ...good, 'ca.crt': encode(bundleOf(other)) },
        'no authority': { ...good, 'ca.crt': '' },
        'itself as its authority': {
          'ca.crt': encode(selfSigned.cert),
          'tls.crt': encode(selfSigned.cert),
          'tls.key': encode(selfSigned.key),
        },
        'the name of another Service': formatKeyring(stranger),
      }
      for (const [fault, data] of Object.entries(faults))
        expect(parseKeyring(data as Record<string, string>, host, startMillis), fault).to.equal(undefined)
    })

    it('cannot be used before its time or after it', () => {
      const data = formatKeyring(fresh)
      expect(parseKeyring(data, host, startMillis - dayMillis)).to.equal(undefined)
      expect(parseKeyring(data, host, startMillis + lifetimeMillis + 1000)).to.equal(undefined)
    })

    it('goes on without a next certificate that cannot be used', () => {
      const data = { ...formatKeyring(fresh), 'next.crt': encode('rubbish'), 'next.key': '' }
      expect(parseKeyring(data, host, startMillis)).to.deep.equal(fresh)
    })

    it('keeps no key of an authority', () => {
      expect(formatKeyring(renewed)).to.have.all.keys('ca.crt', 'tls.crt', 'tls.key', 'next.crt', 'next.key')
    })
  })

  describe('as time goes by', () => {
    it('begins with a certificate that is served at once', () => {
      expect(step({ stored: undefined, served: undefined })).to.deep.equal({ kind: 'create' })
    })

    it('is left alone for two thirds of its life, and looked at once a day', () => {
      expect(step({})).to.deep.equal({ kind: 'wait', millis: dayMillis })
      expect(step({ nowMillis: startMillis + (lifetimeMillis * 2) / 3 - 1000 })).to.deep.equal({
        kind: 'wait',
        millis: 1000,
      })
    })

    it('gets a next certificate when a third of its life is left, and still serves the present one', () => {
      expect(step({ nowMillis: startMillis + (lifetimeMillis * 2) / 3 })).to.deep.equal({
        kind: 'renew',
        keyring: fresh,
      })
      expect(renewed.current).to.deep.equal(fresh.current)
      expect(renewed.authorities).to.have.length(2)
    })

    it('changes over when the next authority has been announced for a minute', () => {
      const nowMillis = renewedMillis + learningMillis
      expect(step({ stored: renewed, nowMillis: nowMillis - 1000 })).to.deep.equal({ kind: 'wait', millis: 1000 })
      expect(step({ stored: renewed, nowMillis })).to.deep.equal({
        kind: 'promote',
        keyring: { current: renewed.next, next: undefined, authorities: renewed.authorities },
      })
    })

    it('does not change over to what API servers have not been told', () => {
      const late = renewedMillis + 10 * learningMillis
      expect(step({ stored: renewed, announced: false, nowMillis: late }).kind).to.equal('wait')
    })

    it('trusts the former authority until it has expired, then drops it', () => {
      const stored = { current: renewed.next!, next: undefined, authorities: renewed.authorities }
      const nearlyMillis = startMillis + lifetimeMillis - 1000
      expect(step({ stored, nowMillis: nearlyMillis }).kind).to.equal('wait')
      expect(step({ stored, nowMillis: nearlyMillis + 2000 })).to.deep.equal({
        kind: 'prune',
        keyring: { ...stored, authorities: [renewed.authorities[0]] },
      })
    })

    it('serves on beside a next certificate when somebody deleted or spoiled the Secret', () => {
      expect(step({ stored: undefined, served: renewed })).to.deep.equal({
        kind: 'renew',
        keyring: { ...renewed, next: undefined },
      })
    })

    it('begins again when the clock was ahead and is set right: what is served is of the future', () => {
      expect(step({ stored: undefined, nowMillis: startMillis - dayMillis })).to.deep.equal({ kind: 'create' })
    })

    it('begins again when what is served has expired as well', () => {
      const nowMillis = startMillis + 2 * lifetimeMillis
      expect(step({ stored: undefined, served: fresh, nowMillis })).to.deep.equal({ kind: 'create' })
    })
  })
})
