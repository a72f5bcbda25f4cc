/**
 * The webhook's certificates, as its Secret keeps them and as time goes by. Pure: the clock's time is an argument.
 *
 *   create ──► current ──── renewal is due ───► current + next ──── next is known ───► current (was next)
 *                 ▲         API servers learn to trust next, nobody serves it yet         │
 *                 └──────── the former authority is dropped when it has expired ◄─────────┘
 *
 * An authority issues one certificate, then its key is thrown away: that is why a former one may stay trusted until it
 * expires, and why no replica, however late it changes over, is ever refused.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { CertificatePair, IssuedCertificate } from '../../daemon/serving-certificate.ts'

export interface Keyring {
  /** What is served. */
  readonly current: CertificatePair
  /** What will be served as soon as every API server trusts it. */
  readonly next: CertificatePair | undefined
  /** PEM; those of current and next are among them. */
  readonly authorities: readonly string[]
}

const hourMillis = 3600_000
const dayMillis = 24 * hourMillis
export const lifetimeMillis = 365 * dayMillis
const renewalMillis = lifetimeMillis / 3
/** For API servers whose clock is behind ours. */
const backdatedMillis = hourMillis
/** From the write of the caBundle until every API server goes by it: their watches take milliseconds. */
export const learningMillis = 60_000
/** The longest time to the next look: a timer of Node can wait for 24 days. */
const longestWaitMillis = dayMillis

/** When a certificate that is ordered now is valid. */
export function validity(nowMillis: number): { notBefore: Date; notAfter: Date } {
  const seconds = Math.floor(nowMillis / 1000) * 1000 // X.509 has whole seconds
  return { notBefore: new Date(seconds - backdatedMillis), notAfter: new Date(seconds + lifetimeMillis) }
}

/** What is to be done next. A step with a keyring is carried out by storing it. */
export type Step =
  /** A new certificate, served at once. */
  | { readonly kind: 'create' }
  /** A new certificate beside those of `keyring`, to be served later. */
  | { readonly kind: 'renew'; readonly keyring: Keyring }
  | { readonly kind: 'promote' | 'prune'; readonly keyring: Keyring }
  | { readonly kind: 'wait'; readonly millis: number }

export interface Situation {
  /** In the Secret; undefined: there is none, or none that can be used. */
  readonly stored: Keyring | undefined
  /** By this process; it may be older, or all that is left when somebody deleted the Secret. */
  readonly served: Keyring | undefined
  /** Every authority of `stored` is in the webhook configuration. */
  readonly announced: boolean
  readonly nowMillis: number
}

export function nextStep({ stored, served, announced, nowMillis }: Situation): Step {
  // 1. Without a usable Secret: people delete it to have new certificates. What is served goes on until those are known.
  if (stored === undefined) {
    const usable = served !== undefined && isInTime(served.current.cert, nowMillis)
    return usable ? { kind: 'renew', keyring: { ...served, next: undefined } } : { kind: 'create' }
  }
  const { current, next, authorities } = stored
  // 2. A next certificate takes over when API servers have had time to learn of its authority.
  const learntAtMillis = next === undefined ? Infinity : startOf(next.cert) + backdatedMillis + learningMillis
  if (next !== undefined && announced && nowMillis >= learntAtMillis) {
    return { kind: 'promote', keyring: { current: next, next: undefined, authorities } }
  }
  // 3. A next certificate is made in good time.
  const renewalAtMillis = next === undefined ? expiryOf(current.cert) - renewalMillis : Infinity
  if (nowMillis >= renewalAtMillis) return { kind: 'renew', keyring: stored }
  // 4. Authorities that have expired are of no use to anybody.
  const alive = authorities.filter((authority) => expiryOf(authority) > nowMillis)
  if (alive.length < authorities.length) return { kind: 'prune', keyring: { ...stored, authorities: alive } }
  // 5. Nothing to do; the announcement is a change of its own.
  const due = [learntAtMillis, renewalAtMillis].filter((atMillis) => atMillis > nowMillis)
  return { kind: 'wait', millis: Math.min(longestWaitMillis, ...due.map((atMillis) => atMillis - nowMillis)) }
}

export function withCurrent({ ca, cert, key }: IssuedCertificate): Keyring {
  return { current: { cert, key }, next: undefined, authorities: splitPem(ca) }
}

export function withNext(keyring: Keyring, { ca, cert, key }: IssuedCertificate): Keyring {
  return { ...keyring, next: { cert, key }, authorities: [...splitPem(ca), ...keyring.authorities] }
}

/** What stands in the caBundle. */
export function bundleOf({ authorities }: Keyring): string {
  return authorities.join('')
}

type SecretData = Readonly<Record<string, string>>

/** MetalLB's names of the entries; `next.*` are ours. */
export function formatKeyring({ current, next, authorities }: Keyring): SecretData {
  const entries = {
    ...{ 'ca.crt': authorities.join(''), 'tls.crt': current.cert, 'tls.key': current.key },
    ...(next === undefined ? {} : { 'next.crt': next.cert, 'next.key': next.key }),
  }
  return Object.fromEntries(Object.entries(entries).map(([name, text]) => [name, Buffer.from(text).toString('base64')]))
}

/** Undefined where the API server would not accept what we serve, for whatever reason. MetalLB's Secret can be used. */
export function parseKeyring(data: SecretData | undefined, host: string, nowMillis: number): Keyring | undefined {
  const entry = (name: string) => Buffer.from(data?.[name] ?? '', 'base64').toString()
  const authorities = splitPem(entry('ca.crt')).filter(isCertificate)
  const pair = (name: string) => ({ cert: entry(`${name}.crt`), key: entry(`${name}.key`) })
  const accept = (candidate: CertificatePair) => isUsable(candidate, authorities, host, nowMillis)
  const [current, next] = [pair('tls'), pair('next')]
  if (!accept(current)) return undefined
  return { current, next: accept(next) ? next : undefined, authorities }
}

function isUsable({ cert, key }: CertificatePair, authorities: readonly string[], host: string, nowMillis: number) {
  try {
    const certificate = new X509Certificate(cert)
    const isIssuer = (authority: X509Certificate) =>
      certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
    return (
      certificate.checkPrivateKey(createPrivateKey(key)) &&
      certificate.checkHost(host, { subject: 'never' }) !== undefined &&
      isInTime(cert, nowMillis) &&
      authorities.some((authority) => expiryOf(authority) > nowMillis && isIssuer(new X509Certificate(authority)))
    )
  } catch {
    return false // no PEM at all
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca
  } catch {
    return false
  }
}

function splitPem(bundle: string): string[] {
  const certificates = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return certificates.map((pem) => `${pem}\n`)
}

/** A clock that is set right may go back as well. */
function isInTime(pem: string, nowMillis: number): boolean {
  return startOf(pem) <= nowMillis && expiryOf(pem) > nowMillis
}

function startOf(pem: string): number {
  return Date.parse(new X509Certificate(pem).validFrom)
}

function expiryOf(pem: string): number {
  return Date.parse(new X509Certificate(pem).validTo)
}
