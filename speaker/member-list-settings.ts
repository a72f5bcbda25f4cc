import { FlagError } from '../daemon/flags.ts'
import { type Address, AddressError, parseAddress } from '../net/address.ts'
import type { SpeakerFlags } from './flags.ts'
import type { Constants } from './membership/constants.ts'

export interface MemberListSettings {
  readonly bind: Address
  readonly port: number
  /** Empty: no secret. */
  readonly secretDirectory: string
  readonly times: Pick<Constants, 'heartbeatMillis' | 'voteMillis'>
}

const wanFactor = 5

/** Undefined: no member list, as in MetalLB without its labels or its address. Throws {@link FlagError}. */
export function memberListSettings(flags: SpeakerFlags): MemberListSettings | undefined {
  if (flags['ml-labels'] === '' || flags['ml-bindaddr'] === '') return undefined
  const [heartbeat, vote] = [flags['ml-heartbeat-millis'], flags['ml-vote-millis']]
  if (vote < 3 * heartbeat) {
    const remedy = `give ${3 * heartbeat} or more, or a smaller --ml-heartbeat-millis`
    throw new FlagError(
      'bad-value',
      `flag --ml-vote-millis: ${vote} is less than three heartbeats of ${heartbeat}: ${remedy}`,
    )
  }
  const factor = flags['ml-wan-config'] ? wanFactor : 1
  return {
    bind: bindAddress(flags['ml-bindaddr']),
    port: flags['ml-bindport'],
    secretDirectory: flags['ml-secret-key-path'],
    times: { heartbeatMillis: heartbeat * factor, voteMillis: vote * factor },
  }
}

function bindAddress(text: string): Address {
  try {
    return parseAddress(text)
  } catch (error) {
    if (error instanceof AddressError) throw new FlagError('bad-value', `flag --ml-bindaddr: ${error.message}`)
    throw error
  }
}
