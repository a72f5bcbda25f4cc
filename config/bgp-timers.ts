import type { BGPPeerSpec } from '../crds/generated/types.ts'
import { parseDuration } from './duration.ts'
import type { Report } from './faults.ts'
import type { BgpPeer } from './snapshot.ts'

export type BgpTimers = Pick<BgpPeer, 'holdTimeSeconds' | 'keepaliveTimeSeconds' | 'connectTimeSeconds'>

type TimerField = 'holdTime' | 'keepaliveTime' | 'connectTime'

const nanosPerSecond = 1e9
const shortestHoldSeconds = 3 // RFC 4271 s4.2
const longestSeconds = 65535

/** Absent timers are the default; of two that belong together, the one that is absent follows from the other. */
export function parseTimers(spec: BGPPeerSpec, report: Report): BgpTimers {
  const connectTimeSeconds = parseConnectTime(spec, report)
  const given = { hold: nanosOf(spec, 'holdTime', report), keepalive: nanosOf(spec, 'keepaliveTime', report) }
  if (given.hold === undefined && given.keepalive === undefined) {
    return { holdTimeSeconds: undefined, keepaliveTimeSeconds: undefined, connectTimeSeconds }
  }
  const hold = given.hold ?? 3 * given.keepalive!
  const keepalive = given.keepalive ?? Math.trunc(hold / 3)
  const holdTimeSeconds = Math.trunc(hold / nanosPerSecond)
  checkHold(spec, holdTimeSeconds, report)
  checkKeepalive(spec, { hold, keepalive }, report)
  return {
    holdTimeSeconds,
    keepaliveTimeSeconds: holdTimeSeconds === 0 ? 0 : keepalive / nanosPerSecond,
    connectTimeSeconds,
  }
}

function checkHold(spec: BGPPeerSpec, seconds: number, report: Report): void {
  const name = spec.holdTime === undefined ? 'keepaliveTime' : 'holdTime'
  const place = { field: `spec.${name}`, value: spec[name] }
  if (seconds === 0) report({ code: 'timers-off', ...place })
  else if (seconds < shortestHoldSeconds) report({ code: 'hold-time-too-short', ...place })
  else if (seconds > longestSeconds) report({ code: 'hold-time-too-long', ...place })
}

function checkKeepalive(
  spec: BGPPeerSpec,
  { hold, keepalive }: Record<'hold' | 'keepalive', number>,
  report: Report,
): void {
  const place = { field: 'spec.keepaliveTime', value: spec.keepaliveTime }
  if (keepalive > hold) report({ code: 'keepalive-above-hold', ...place })
  else if (keepalive === 0 && hold >= nanosPerSecond) report({ code: 'keepalive-off', ...place })
}

function parseConnectTime(spec: BGPPeerSpec, report: Report): number | undefined {
  const nanos = nanosOf(spec, 'connectTime', report)
  if (nanos === undefined) return undefined
  const seconds = nanos / nanosPerSecond
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= longestSeconds) return seconds
  report({ code: 'bad-connect-time', field: 'spec.connectTime', value: spec.connectTime })
  return undefined
}

/** undefined: absent, or at fault. */
function nanosOf(spec: BGPPeerSpec, name: TimerField, report: Report): number | undefined {
  const text = spec[name]
  if (text === undefined) return undefined
  const nanos = parseDuration(text)
  if (nanos === undefined) report({ code: 'bad-duration', field: `spec.${name}`, value: text })
  return nanos
}
