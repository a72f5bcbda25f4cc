import { expect } from 'chai'
import fc from 'fast-check'
import { limits } from '../../net/arbitraries.ts'
import { cutLives, cutReports } from './datagram.ts'
import { type MemberLink, type Phase, phases } from './member.ts'
import type { Life, MemberReport, Message } from './message.ts'
import { decodeMessage, encodeMessage, maxDatagramBytes } from './message-codec.ts'
import { MessageError } from './message-error.ts'

const name = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-.'),
  minLength: 1,
  maxLength: 253,
})
const incarnation = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const phase = fc.constantFrom(...(Object.keys(phases) as Phase[]))
const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':'))
const link: fc.Arbitrary<MemberLink> = fc.record(
  {
    mac,
    ipv4: fc.bigInt(0n, 2n ** 32n - 1n).map((value) => ({ family: 4 as const, value })),
    ipv6: fc.bigInt(0n, 2n ** 128n - 1n).map((value) => ({ family: 6 as const, value })),
  },
  { requiredKeys: ['mac'] },
)
const facts = { configuration: u32, links: fc.array(link, { maxLength: 8 }) }
const life: fc.Arbitrary<Life> = fc.record({ name, incarnation })
const report: fc.Arbitrary<MemberReport> = fc.record({ name, incarnation, phase, isAlive: fc.boolean(), ...facts })

const stamp = { incarnation, phase }
const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: fc.constant('heartbeat' as const), ...stamp, configuration: u32, digest: u32 }),
  fc.record({ type: fc.constantFrom('ping' as const, 'leave' as const), ...stamp }),
  fc.record({ type: fc.constantFrom('ack' as const, 'alive' as const), ...stamp, ...facts }),
  fc.record({ type: fc.constantFrom('suspect' as const, 'crashed' as const), ...stamp, accused: life }),
  fc.record({ type: fc.constant('dead' as const), ...stamp, lives: fc.array(life, { maxLength: 4 }) }),
  fc.record({ type: fc.constant('news' as const), ...stamp, members: fc.array(report, { maxLength: 2 }) }),
  fc.record({ type: fc.constant('join' as const), ...stamp, ...facts, isQuestion: fc.boolean() }),
  fc
    .record({ ...stamp, parts: fc.integer({ min: 1, max: 0xffff }), members: fc.array(report, { maxLength: 2 }) })
    .chain((rest) =>
      fc.record({
        ...{
          type: fc.constant('sync' as const),
          isQuestion: fc.boolean(),
          part: fc.integer({ min: 0, max: rest.parts - 1 }),
        },
        ...(Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, fc.constant(value)])) as {
          [K in keyof typeof rest]: fc.Arbitrary<(typeof rest)[K]>
        }),
      }),
    ),
)

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function codeOf(bytes: Uint8Array): string | undefined {
  try {
    decodeMessage(bytes)
    return undefined
  } catch (error) {
    if (error instanceof MessageError) return error.code
    throw error
  }
}

describe('a message on the wire', () => {
  it('is these bytes: a heartbeat', () => {
    const heartbeat = { type: 'heartbeat', incarnation: 0x0193_4c5a_1234, phase: 'serving' } as const
    const bytes = encodeMessage({ ...heartbeat, configuration: 0xdeadbeef, digest: 0x01020304 })
    expect(hexOf(bytes)).to.equal('01' + '01' + '01934c5a1234' + '01' + 'deadbeef' + '01020304')
  })

  it('is these bytes: what a node says of itself', () => {
    const links = [
      {
        mac: '02:00:5e:10:00:0f',
        ipv4: { family: 4, value: 0xc0000201n },
        ipv6: { family: 6, value: (0xfe80n << 112n) | 1n },
      },
    ] as const
    const bytes = encodeMessage({ type: 'alive', incarnation: 1, phase: 'unfit', configuration: 5, links })
    const facts = '00000005' + '01' + '03' + '02005e10000f' + 'c0000201' + 'fe80000000000000' + '0000000000000001'
    expect(hexOf(bytes)).to.equal(['01', '05', '000000000001', '04', facts].join(''))
  })

  it('is these bytes: a certificate', () => {
    const lives = [{ name: 'ab', incarnation: 2 ** 48 - 1 }]
    const bytes = encodeMessage({ type: 'dead', incarnation: 1, phase: 'starting', lives })
    expect(hexOf(bytes)).to.equal('01' + '06' + '000000000001' + '00' + '0001' + '02' + '6162' + 'ffffffffffff')
  })

  it('is understood as it was written', () => {
    fc.assert(
      fc.property(messages, (message) => {
        fc.pre(!isTooLong(message))
        expect(decodeMessage(encodeMessage(message))).to.deep.equal(message)
      }),
      limits,
    )
  })

  it('is refused when it is cut off anywhere, or goes on', () => {
    fc.assert(
      fc.property(messages, (message) => {
        fc.pre(!isTooLong(message))
        const bytes = encodeMessage(message)
        for (let length = 0; length < bytes.length; length++) {
          expect(codeOf(bytes.subarray(0, length)), `${length} bytes`).to.equal('malformed')
        }
        expect(codeOf(Uint8Array.from([...bytes, 0]))).to.equal('malformed')
      }),
      { ...limits, numRuns: 100 },
    )
  })

  it('is refused with MessageError and nothing else, or has one form only: random bytes', () => {
    const head = fc
      .tuple(fc.constantFrom(1, 1, 1, 2), fc.integer({ min: 0, max: 12 }))
      .map((bytes) => Uint8Array.from(bytes))
    const random = fc.tuple(head, fc.uint8Array({ maxLength: 80 })).map(([a, b]) => Uint8Array.from([...a, ...b]))
    fc.assert(
      fc.property(random, (bytes) => {
        if (codeOf(bytes) === undefined) expect(hexOf(encodeMessage(decodeMessage(bytes)))).to.equal(hexOf(bytes))
      }),
      { ...limits, numRuns: 5000 },
    )
  })

  it('is refused with MessageError and nothing else, or has one form only: a message with a few bytes changed', () => {
    const changes = fc.array(fc.tuple(fc.nat(1200), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(messages, changes, (message, changed) => {
        fc.pre(!isTooLong(message))
        const bytes = encodeMessage(message).slice()
        for (const [at, byte] of changed) bytes[at % bytes.length] = byte
        if (codeOf(bytes) === undefined) expect(hexOf(encodeMessage(decodeMessage(bytes)))).to.equal(hexOf(bytes))
      }),
      limits,
    )
  })

  for (const [what, text, code] of [
    ['another version', '02 01 000000000001 01 00000000 00000000', 'unknown-version'],
    ['a type of later versions', '01 0c 000000000001 01', 'unknown-type'],
    ['an unknown phase', '01 02 000000000001 05', 'malformed'],
    ['a question that is neither yes nor no', '01 09 000000000001 00 02 00000000 00', 'malformed'],
    ['nine links', `01 05 000000000001 01 00000000 09 ${'00 020000000000'.repeat(9)}`, 'malformed'],
    ['a link with unknown flags', '01 05 000000000001 01 00000000 01 04 020000000000', 'malformed'],
    ['a name of no length', '01 04 000000000001 01 00 000000000001', 'malformed'],
    ['a name with a line break', '01 04 000000000001 01 02 610a 000000000001', 'malformed'],
    ['a part beyond the last', '01 07 000000000001 01 0002 0002 00 0000', 'malformed'],
    ['a list shorter than it says', '01 06 000000000001 01 ffff 01 61 000000000001', 'malformed'],
  ] as const) {
    it(`is refused: ${what}`, () => {
      expect(codeOf(bytesOf(text))).to.equal(code)
    })
  }

  it('is refused when it is longer than any of ours', () => {
    expect(codeOf(new Uint8Array(maxDatagramBytes + 1))).to.equal('malformed')
  })

  it('is not written when it does not fit', () => {
    const members = Array.from({ length: 100 }, (_, i) => reportOn(`node-${i}`))
    const news = { type: 'news', incarnation: 1, phase: 'serving', members } as const
    expect(() => encodeMessage(news)).to.throw(RangeError)
    expect(() => encodeMessage({ type: 'ping', incarnation: 2 ** 48, phase: 'serving' })).to.throw(RangeError)
  })
})

describe('a view in several datagrams', () => {
  it('has every member once, and each part fits', () => {
    fc.assert(
      fc.property(fc.array(report, { maxLength: 60 }), (members) => {
        const cut = cutReports(members)
        expect(cut.flat()).to.deep.equal(members)
        const head = { type: 'sync', incarnation: 1, phase: 'serving', isQuestion: true, parts: cut.length } as const
        for (const [part, some] of cut.entries()) encodeMessage({ ...head, part, members: some })
      }),
      { ...limits, numRuns: 200 },
    )
  })

  it('has certificates cut in the same way', () => {
    const lives = Array.from({ length: 1000 }, (_, i) => ({ name: `node-${i}`, incarnation: i }))
    const cut = cutLives(lives)
    expect(cut.flat()).to.deep.equal(lives)
    for (const some of cut) encodeMessage({ type: 'dead', incarnation: 1, phase: 'serving', lives: some })
    expect(cut.length).to.be.within(13, 16)
  })

  it('of 1,000 members with one link each is 27 to 40 datagrams', () => {
    const parts = cutReports(Array.from({ length: 1000 }, (_, i) => reportOn(`node-${i}`)))
    expect(parts.length).to.be.within(27, 40)
  })
})

function reportOn(name: string): MemberReport {
  const links = [{ mac: '02:00:00:00:00:01', ipv4: { family: 4, value: 1n } }] as const
  return { name, incarnation: 1, phase: 'serving', isAlive: true, configuration: 0, links }
}

function isTooLong(message: Message): boolean {
  try {
    encodeMessage(message)
    return false
  } catch (error) {
    if (error instanceof RangeError) return true
    throw error
  }
}
