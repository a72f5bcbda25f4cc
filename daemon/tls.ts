import type { SecureVersion } from 'node:tls'
import { FlagError } from './flags.ts'

/** Go's names of the protocol versions. */
export const tlsVersions = ['', 'VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'] as const
export type TlsVersion = (typeof tlsVersions)[number]

/** What a server of ours passes to node:tls, and what it cannot offer although Go knows the name. */
export interface TlsSettings {
  minVersion: SecureVersion
  ciphers?: string
  ecdhCurve?: string
  /** Names and ids that are valid but that this build of OpenSSL lacks: left out, worth a warning. */
  ignored: readonly string[]
}

export interface TlsFlags {
  'tls-min-version': TlsVersion
  'tls-cipher-suites': string
  'tls-curve-preferences': string
}

/** Throws FlagError for names that Go does not know, and where nothing that remains could ever be negotiated. */
export function parseTls(flags: TlsFlags): TlsSettings {
  const minVersion = opensslVersions[flags['tls-min-version']]
  const suites = splitList(flags['tls-cipher-suites'])
  if (suites.length > 0 && minVersion === 'TLSv1.3') throw suitesWithTls13(flags['tls-cipher-suites'])
  const ciphers = translate('tls-cipher-suites', suites, cipherOf)
  const curves = translate('tls-curve-preferences', splitList(flags['tls-curve-preferences']), curveOf)
  return {
    minVersion,
    ignored: [...ciphers.ignored, ...curves.ignored],
    ...(ciphers.known.length === 0 ? {} : { ciphers: [...new Set([...tls13Suites, ...ciphers.known])].join(':') }),
    ...(curves.known.length === 0 ? {} : { ecdhCurve: curves.known.join(':') }),
  }
}

const opensslVersions: Readonly<Record<TlsVersion, SecureVersion>> = {
  '': 'TLSv1.3',
  VersionTLS10: 'TLSv1',
  VersionTLS11: 'TLSv1.1',
  VersionTLS12: 'TLSv1.2',
  VersionTLS13: 'TLSv1.3',
}

// As in Go, TLS 1.3 always offers all of its suites; node:tls would switch TLS 1.3 off if the list named none.
const tls13Suites = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const

/** Go's name, OpenSSL's name; undefined: Go knows it, OpenSSL 3 as built into Node does not offer it. */
export const cipherSuites: Readonly<Record<string, string | undefined>> = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_RSA_WITH_RC4_128_SHA: undefined,
  TLS_RSA_WITH_3DES_EDE_CBC_SHA: undefined,
  TLS_ECDHE_ECDSA_WITH_RC4_128_SHA: undefined,
  TLS_ECDHE_RSA_WITH_RC4_128_SHA: undefined,
  TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA: undefined,
}

/** IANA "TLS Supported Groups" id, OpenSSL's name. */
export const curves: Readonly<Record<number, string>> = {
  23: 'prime256v1',
  24: 'secp384r1',
  25: 'secp521r1',
  29: 'X25519',
  30: 'X448',
  4587: 'SecP256r1MLKEM768',
  4588: 'X25519MLKEM768',
  4589: 'SecP384r1MLKEM1024',
}

function cipherOf(name: string): string | undefined {
  if (!Object.hasOwn(cipherSuites, name)) throw new Error(`give Go's names, as ${Object.keys(cipherSuites)[3]}`)
  return cipherSuites[name]
}

function curveOf(text: string): string | undefined {
  const id = Number(text)
  if (!/^\d+$/.test(text) || id < 1 || id > 65535) throw new Error('give ids from 1 to 65535, as 29 for X25519')
  return curves[id]
}

type ListFlag = 'tls-cipher-suites' | 'tls-curve-preferences'

function translate(flag: ListFlag, items: readonly string[], lookUp: (item: string) => string | undefined) {
  const known: string[] = []
  const ignored: string[] = []
  for (const [position, item] of items.entries()) {
    const name = lookUpOrRefuse(flag, item, lookUp)
    if (flag === 'tls-curve-preferences' && items.findIndex((other) => Number(other) === Number(item)) < position) {
      throw new FlagError('bad-value', `flag --${flag} names ${item} twice: give every id once`)
    }
    if (name === undefined) ignored.push(item)
    else known.push(name)
  }
  if (items.length > 0 && known.length === 0) throw nothingLeft(flag, items)
  return { known, ignored }
}

function lookUpOrRefuse(
  flag: ListFlag,
  item: string,
  lookUp: (item: string) => string | undefined,
): string | undefined {
  try {
    return lookUp(item)
  } catch (error) {
    throw new FlagError(
      'bad-value',
      `flag --${flag} has the bad value ${JSON.stringify(item)}: ${(error as Error).message}`,
    )
  }
}

function suitesWithTls13(value: string): FlagError {
  const remedy = 'TLS 1.3 has no choice of suites: leave the flag out, or give --tls-min-version=VersionTLS12'
  return new FlagError(
    'bad-value',
    `flag --tls-cipher-suites has the value ${JSON.stringify(value)} together with minimum TLS 1.3: ${remedy}`,
  )
}

function nothingLeft(flag: ListFlag, items: readonly string[]): FlagError {
  return new FlagError(
    'bad-value',
    `flag --${flag} names only what this build does not offer (${items.join(', ')}): add another or leave it out`,
  )
}

function splitList(text: string): string[] {
  return text === '' ? [] : text.split(',').map((item) => item.trim())
}
