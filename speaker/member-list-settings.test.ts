import { expect } from 'chai'
import { FlagError, parseFlags } from '../daemon/flags.ts'
import { parseAddress } from '../net/address.ts'
import { speakerFlags } from './flags.ts'
import { memberListSettings } from './member-list-settings.ts'

const settings = (...argv: string[]) =>
  memberListSettings(parseFlags(speakerFlags, argv, { METALLB_NODE_NAME: 'n1', METALLB_ML_BIND_ADDR: '192.0.2.1' }))

describe('the settings of the member list', () => {
  it("are MetalLB's, at our pace", () => {
    expect(settings('--ml-bindport=7000', '--ml-secret-key-path=/etc/ml_secret_key')).to.deep.equal({
      bind: parseAddress('192.0.2.1'),
      port: 7000,
      secretDirectory: '/etc/ml_secret_key',
      times: { heartbeatMillis: 100, voteMillis: 400 },
    })
    expect(settings('--ml-bindaddr=2001:db8::1')?.bind.family).to.equal(6)
  })

  it('are none without labels or without an address', () => {
    expect(settings('--ml-labels=')).to.equal(undefined)
    const flags = parseFlags(speakerFlags, [], { METALLB_NODE_NAME: 'n1' })
    expect(memberListSettings(flags)).to.equal(undefined)
  })

  it('are five times slower for speakers that are far apart', () => {
    expect(settings('--ml-wan-config')?.times).to.deep.equal({ heartbeatMillis: 500, voteMillis: 2000 })
    const given = ['--ml-heartbeat-millis=200', '--ml-vote-millis=1000']
    expect(settings(...given)?.times).to.deep.equal({ heartbeatMillis: 200, voteMillis: 1000 })
  })

  it('refuse what would accuse speakers that are well, and what is no address', () => {
    expect(() => settings('--ml-heartbeat-millis=200', '--ml-vote-millis=599'))
      .to.throw(FlagError, '599 is less than three heartbeats of 200')
      .with.property('code', 'bad-value')
    expect(() => settings('--ml-bindaddr=localhost')).to.throw(FlagError, '--ml-bindaddr: "localhost" is not an IP')
  })
})
