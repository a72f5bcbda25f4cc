// A program of its own: serving-certificate.ts runs it in a short-lived process, because the ASN.1 library behind it would
// otherwise take 10 MB of every daemon for as long as it lives. Prints a CertificatePair as JSON.
import 'reflect-metadata'
import { KeyObject, webcrypto } from 'node:crypto'
import { hostname } from 'node:os'
import {
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { CertificatePair } from './serving-certificate.ts'

const lifetimeMillis = 365 * 24 * 3600 * 1000
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

async function createPair(host: string, notBefore: Date): Promise<CertificatePair> {
  cryptoProvider.set(webcrypto)
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ O: ['metallb'] }, { CN: [host] }],
    notBefore,
    notAfter: new Date(notBefore.getTime() + lifetimeMillis),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    ],
  })
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()
  return { cert: certificate.toString('pem'), key }
}

void createPair(hostname(), new Date()).then((pair) => process.stdout.write(JSON.stringify(pair)))
