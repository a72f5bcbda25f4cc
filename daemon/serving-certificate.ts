import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { hostname } from 'node:os'
import { extname, join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { promisify } from 'node:util'
import type { Clock, Timer } from '../kube/clock.ts'
import { describeError } from './describe-error.ts'
import type { Logger } from './logger.ts'

/** A certificate chain and its key, both PEM. */
export interface CertificatePair {
  cert: string
  key: string
}

/** A certificate whose issuer issued nothing else, with that issuer's own: who trusts `ca` trusts just this. */
export interface IssuedCertificate extends CertificatePair {
  ca: string
}

export interface CertificateOrder {
  /** DNS name. */
  host: string
  notBefore: Date
  notAfter: Date
}

/** What the program self-signed.ts is asked for. */
export interface CertificateRequest {
  kind: 'self-signed' | 'issued'
  host: string
  /** ISO 8601, as JSON has dates. */
  notBefore: string
  notAfter: string
}

const selfSignedLifetimeMillis = 365 * 24 * 3600 * 1000

// Secret volumes and certificate tools replace two files one after the other.
const settleMillis = 200
const selfSignedLimitMillis = 30_000

/** Reads tls.crt and tls.key. Throws when one is missing or the two do not belong together; `flag` names the directory. */
export async function readCertificate(directory: string, flag: string): Promise<CertificatePair> {
  try {
    const [cert, key] = ['tls.crt', 'tls.key'].map((name) => readFileSync(join(directory, name), 'utf8'))
    const pair = { cert: cert!, key: key! }
    createSecureContext(pair)
    return pair
  } catch (error) {
    const remedy = 'give a directory with a matching tls.crt and tls.key'
    throw new Error(`no certificate in ${directory} (${flag}): ${describeError(error)}: ${remedy}`, {
      cause: error,
    })
  }
}

/** Calls `onChange` with the new pair whenever the directory's content changed; a broken pair is logged and the old one stays. */
export function watchCertificate(options: {
  directory: string
  flag: string
  log: Logger
  clock: Clock
  onChange: (pair: CertificatePair) => void
}): Pick<FSWatcher, 'close'> {
  const { directory, flag, log, clock, onChange } = options
  let timer: Timer | undefined
  const reload = () =>
    readCertificate(directory, flag).then(onChange, (error) => log.warn({ error }, 'certificate not replaced'))
  const watcher = watch(directory, { persistent: false }, () => {
    clock.clearTimeout(timer)
    timer = clock.setTimeout(reload, settleMillis)
  })
  watcher.on('error', (error) => log.warn({ error, directory }, 'certificate is no longer watched'))
  watcher.on('close', () => clock.clearTimeout(timer))
  return watcher
}

/** A fresh key and a certificate for it, with the name of this machine. */
export function createSelfSigned(): Promise<CertificatePair> {
  const now = Date.now()
  const validity = { notBefore: new Date(now), notAfter: new Date(now + selfSignedLifetimeMillis) }
  return runProgram({ kind: 'self-signed', host: hostname(), ...validity })
}

/** A fresh key, a certificate for it, and a fresh authority that issued it and that nobody can use again. */
export async function issueCertificate(order: CertificateOrder): Promise<IssuedCertificate> {
  return (await runProgram({ kind: 'issued', ...order })) as IssuedCertificate // the program's answer to this kind
}

/** In a process of its own: self-signed.ts says why. */
async function runProgram(request: CertificateOrder & Pick<CertificateRequest, 'kind'>): Promise<CertificatePair> {
  const { execFile } = await import('node:child_process') // a megabyte, of no use where certificates are given
  const program = join(import.meta.dirname, `self-signed${extname(import.meta.filename)}`)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--optimize-for-size', program, JSON.stringify(request)],
    { timeout: selfSignedLimitMillis, env: {} },
  )
  return JSON.parse(stdout) as CertificatePair
}
