import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { connect, createSecureContext, getCiphers } from 'node:tls'
import { expect } from 'chai'
import { FlagError } from './flags.ts'
import { cipherSuites, curves, parseTls, type TlsFlags } from './tls.ts'

const parse = (flags: Partial<TlsFlags>) =>
  parseTls({ 'tls-min-version': '', 'tls-cipher-suites': '', 'tls-curve-preferences': '', ...flags })

const tls13 = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'

describe('the table of cipher suites', () => {
  for (const [goName, opensslName] of Object.entries(cipherSuites)) {
    if (opensslName === undefined) {
      it(`knows that ${goName} is not offered any more`, () => {
        const weak = goName.includes('RC4') ? 'rc4' : '3des'
        expect(getCiphers().filter((name) => name.includes(weak) || name.includes('des-cbc3'))).to.deep.equal([])
      })
    } else {
      it(`maps ${goName} to a suite that OpenSSL has`, () => {
        expect(getCiphers()).to.include(opensslName.toLowerCase())
        createSecureContext({ ciphers: opensslName })
      })
    }
  }

  it('keeps key exchange, authentication and cipher of each name', () => {
    for (const [goName, opensslName = ''] of Object.entries(cipherSuites)) {
      if (opensslName === '' || opensslName.startsWith('TLS_')) continue
      expect(opensslName.startsWith('ECDHE-ECDSA-'), goName).to.equal(goName.startsWith('TLS_ECDHE_ECDSA_'))
      expect(opensslName.startsWith('ECDHE-RSA-'), goName).to.equal(goName.startsWith('TLS_ECDHE_RSA_'))
      expect(/CHACHA20|AES(128|256)/.exec(opensslName)?.[0], goName).to.equal(
        /CHACHA20|AES_(128|256)/.exec(goName)?.[0].replace('_', ''),
      )
      expect(opensslName.includes('GCM'), goName).to.equal(goName.includes('GCM'))
      if (goName.includes('AES')) expect(/SHA\d*$/.exec(opensslName)?.[0], goName).to.equal(/SHA\d*$/.exec(goName)?.[0])
    }
  })
})

describe('the table of curves', () => {
  for (const [id, name] of Object.entries(curves)) {
    it(`maps ${id} to ${name}, as a ClientHello shows`, async () => {
      expect(supportedGroups(await clientHello(name))).to.deep.equal([Number(id)])
    })
  }
})

/** The first bytes of a TLS client that offers this one group. */
async function clientHello(ecdhCurve: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ecdhCurve })
  client.on('error', () => {})
  const [socket] = (await once(server, 'connection')) as [Socket]
  const [hello] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return hello
}

// RFC 8446 s4.1.2 and s4.2.7: record header 5, handshake header 4, version 2, random 32, then vectors with their lengths
function supportedGroups(hello: Buffer): number[] {
  let offset = 43
  offset += 1 + hello.readUInt8(offset)
  offset += 2 + hello.readUInt16BE(offset)
  offset += 1 + hello.readUInt8(offset) + 2
  while (hello.readUInt16BE(offset) !== 10) offset += 4 + hello.readUInt16BE(offset + 2)
  const count = hello.readUInt16BE(offset + 4) / 2
  return Array.from({ length: count }, (_, index) => hello.readUInt16BE(offset + 6 + 2 * index))
}

describe('parseTls', () => {
  it('wants TLS 1.3 when nothing is said', () => {
    expect(parse({})).to.deep.equal({ minVersion: 'TLSv1.3', ignored: [] })
  })

  it('keeps TLS 1.3 possible beside a list of older suites', () => {
    const settings = parse({
      'tls-min-version': 'VersionTLS12',
      'tls-cipher-suites': 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    })
    expect(settings).to.include({ minVersion: 'TLSv1.2', ciphers: `${tls13}:ECDHE-RSA-AES128-GCM-SHA256` })
  })

  it('keeps the order of curves, and blanks around items do no harm', () => {
    expect(parse({ 'tls-curve-preferences': '29, 23,4588' }).ecdhCurve).to.equal('X25519:prime256v1:X25519MLKEM768')
  })

  it('leaves out what this build lacks, and says so', () => {
    const settings = parse({
      'tls-min-version': 'VersionTLS12',
      'tls-cipher-suites': 'TLS_RSA_WITH_RC4_128_SHA,TLS_RSA_WITH_AES_128_CBC_SHA',
      'tls-curve-preferences': '29,999',
    })
    expect(settings).to.deep.include({ ecdhCurve: 'X25519', ignored: ['TLS_RSA_WITH_RC4_128_SHA', '999'] })
  })

  for (const [flags, message] of [
    [{ 'tls-cipher-suites': 'TLS_AES_128_GCM_SHA256' }, /together with minimum TLS 1\.3.*leave the flag out/],
    [{ 'tls-min-version': 'VersionTLS13', 'tls-cipher-suites': 'x' }, /together with minimum TLS 1\.3/],
    [{ 'tls-min-version': 'VersionTLS12', 'tls-cipher-suites': 'ECDHE-RSA-AES128-SHA' }, /give Go's names/],
    [{ 'tls-min-version': 'VersionTLS12', 'tls-cipher-suites': 'toString' }, /give Go's names/],
    [
      { 'tls-min-version': 'VersionTLS12', 'tls-cipher-suites': 'TLS_RSA_WITH_RC4_128_SHA' },
      /only what this build does not offer/,
    ],
    [{ 'tls-curve-preferences': '0' }, /"0": give ids from 1 to 65535/],
    [{ 'tls-curve-preferences': '65536' }, /"65536": give ids from 1 to 65535/],
    [{ 'tls-curve-preferences': 'X25519' }, /"X25519": give ids from 1 to 65535/],
    [{ 'tls-curve-preferences': '29,' }, /"": give ids/],
    [{ 'tls-curve-preferences': '23,29,023' }, /names 023 twice/],
    [{ 'tls-curve-preferences': '999' }, /only what this build does not offer/],
  ] as const) {
    it(`refuses ${JSON.stringify(flags)}`, () => {
      expect(() => parse(flags)).to.throw(FlagError, message)
    })
  }
})
