// Certificates by an ASN.1 library that takes 10 MB: for the short-lived program self-signed.ts, and for tests.
import 'reflect-metadata'
import { KeyObject, webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { CertificateOrder, CertificatePair, IssuedCertificate } from './serving-certificate.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export async function createSelfSigned({ host, notBefore, notAfter }: CertificateOrder): Promise<CertificatePair> {
  const keys = await createKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...{ name: subject(host), notBefore, notAfter, signingAlgorithm: algorithm, keys },
    extensions: servingExtensions(host),
  })
  return { cert: certificate.toString('pem'), key: privateKeyOf(keys) }
}

/** Guarantees: the authority's key is gone when this returns, so that nothing else can ever be issued by it. */
export async function createIssued({ host, notBefore, notAfter }: CertificateOrder): Promise<IssuedCertificate> {
  const [authorityKeys, keys] = await Promise.all([createKeys(), createKeys()])
  const validity = { notBefore, notAfter, signingAlgorithm: algorithm }
  const authority = await X509CertificateGenerator.createSelfSigned({
    // A name for each: a bundle of several is looked through by name.
    ...{ ...validity, name: subject(`authority ${notBefore.toISOString()}`), keys: authorityKeys },
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  })
  const certificate = await X509CertificateGenerator.create({
    ...{ ...validity, subject: subject(host), issuer: authority.subjectName },
    ...{ publicKey: keys.publicKey, signingKey: authorityKeys.privateKey },
    extensions: [
      ...servingExtensions(host),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  })
  return { ca: authority.toString('pem'), cert: certificate.toString('pem'), key: privateKeyOf(keys) }
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  cryptoProvider.set(webcrypto)
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

const commonNameLimit = 64 // RFC 5280 appendix A.1, ub-common-name

function subject(commonName: string): JsonName {
  return [{ O: ['metallb'] }, { CN: [commonName.slice(0, commonNameLimit)] }]
}

function servingExtensions(host: string) {
  return [
    new SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
  ]
}

function privateKeyOf({ privateKey }: webcrypto.CryptoKeyPair): string {
  return KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()
}
