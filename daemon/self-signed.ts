// A program of its own: serving-certificate.ts runs it in a short-lived process, because the ASN.1 library behind it would
// otherwise take 10 MB of every daemon for as long as it lives. Takes a CertificateRequest as JSON, prints the certificate as JSON.
import type { CertificateRequest } from './serving-certificate.ts'
import { createIssued, createSelfSigned } from './x509.ts'

async function create({ kind, host, notBefore, notAfter }: CertificateRequest) {
  const order = { host, notBefore: new Date(notBefore), notAfter: new Date(notAfter) }
  return kind === 'issued' ? createIssued(order) : createSelfSigned(order)
}

void create(JSON.parse(process.argv[2]!)).then((certificate) => process.stdout.write(JSON.stringify(certificate)))
