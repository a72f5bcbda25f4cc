import { execFile } from 'node:child_process'
import { type FSWatcher, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
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

// Secret volumes and certificate tools replace two files one after the other.
const settleMillis = 200
const selfSignedLimitMillis = 30_000

/** Reads tls.crt and tls.key. Throws when one is missing or the two do not belong together. */
export async function readCertificate(directory: string): Promise<CertificatePair> {
  try {
    const [cert, key] = await Promise.all(['tls.crt', 'tls.key'].map((name) => readFile(join(directory, name), 'utf8')))
    const pair = { cert: cert!, key: key! }
    createSecureContext(pair)
    return pair
  } catch (error) {
    const remedy = 'give a directory with a matching tls.crt and tls.key'
    throw new Error(`no certificate in ${directory} (--metrics-cert-dir): ${describeError(error)}: ${remedy}`, {
      cause: error,
    })
  }
}

/** Calls `onChange` with the new pair whenever the directory's content changed; a broken pair is logged and the old one stays. */
export function watchCertificate(options: {
  directory: string
  log: Logger
  clock: Clock
  onChange: (pair: CertificatePair) => void
}): Pick<FSWatcher, 'close'> {
  const { directory, log, clock, onChange } = options
  let timer: Timer | undefined
  const reload = () =>
    readCertificate(directory).then(onChange, (error) => log.warn({ error }, 'certificate not replaced'))
  const watcher = watch(directory, { persistent: false }, () => {
    clock.clearTimeout(timer)
    timer = clock.setTimeout(reload, settleMillis)
  })
  watcher.on('error', (error) => log.warn({ error, directory }, 'certificate is no longer watched'))
  watcher.on('close', () => clock.clearTimeout(timer))
  return watcher
}

/** A fresh key and a certificate for it, made by a process of its own (self-signed.ts says why). */
export async function createSelfSigned(): Promise<CertificatePair> {
  const program = join(import.meta.dirname, `self-signed${extname(import.meta.filename)}`)
  const { stdout } = await promisify(execFile)(process.execPath, ['--optimize-for-size', program], {
    timeout: selfSignedLimitMillis,
    env: {},
  })
  return JSON.parse(stdout) as CertificatePair
}
