import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { parseDuration } from '../config/duration.ts'
import { booleanFlag, FlagError, type FlagTable, type FlagValues, textFlag } from '../daemon/flags.ts'
import type { ElectionSettings } from './leadership.ts'

/** Names, defaults and conditions are those of kube-controller-manager and kube-scheduler. */
export const electionFlags = {
  'leader-elect': booleanFlag({
    default: true,
    usage: 'allocate only while holding a Lease; false: there is no other replica',
  }),
  'leader-elect-lease-duration': textFlag({
    default: '15s',
    usage: 'how long the others leave a lease alone that is not renewed',
  }),
  'leader-elect-renew-deadline': textFlag({
    default: '10s',
    usage: 'when a leader that cannot renew its lease stops leading; shorter than the lease',
  }),
  'leader-elect-retry-period': textFlag({ default: '2s', usage: 'how often the lease is renewed, or looked at' }),
  'leader-elect-resource-name': textFlag({
    default: 'metallb-controller',
    usage: 'name of the Lease, in the namespace of the configuration',
  }),
} as const satisfies FlagTable

type ElectionFlags = FlagValues<typeof electionFlags> & { readonly 'pod-name': string }
type DurationFlag = 'leader-elect-lease-duration' | 'leader-elect-renew-deadline' | 'leader-elect-retry-period'

/** client-go: attempts of those who do not lead are spread by up to a fifth of the period. */
const jitter = 1.2
const nanosPerMilli = 1e6

/** Undefined: the process leads without asking. Throws FlagError for times that leave no room for each other. */
export function electionSettings(flags: ElectionFlags): ElectionSettings | undefined {
  if (!flags['leader-elect']) return undefined
  const leaseDurationMillis = millisOf(flags, 'leader-elect-lease-duration')
  const renewDeadlineMillis = millisOf(flags, 'leader-elect-renew-deadline')
  const retryPeriodMillis = millisOf(flags, 'leader-elect-retry-period')
  if (leaseDurationMillis < 1_000) throw refused(flags, 'leader-elect-lease-duration', 'give one second or more')
  if (renewDeadlineMillis >= leaseDurationMillis) {
    throw refused(flags, 'leader-elect-renew-deadline', 'give less than --leader-elect-lease-duration')
  }
  if (retryPeriodMillis * jitter >= renewDeadlineMillis) {
    throw refused(flags, 'leader-elect-retry-period', `give less than --leader-elect-renew-deadline / ${jitter}`)
  }
  // A container that starts again in its pod finds its own name in the lease, and need not wait for it to expire.
  const identity = flags['pod-name'] || `${hostname()}_${randomUUID()}`
  const timings = { leaseDurationMillis, renewDeadlineMillis, retryPeriodMillis }
  return { ...timings, name: flags['leader-elect-resource-name'], identity }
}

function millisOf(flags: ElectionFlags, name: DurationFlag): number {
  const nanos = parseDuration(flags[name])
  if (!nanos) throw refused(flags, name, 'give a duration above zero, such as 15s or 1m30s')
  return nanos / nanosPerMilli
}

function refused(flags: ElectionFlags, name: DurationFlag, remedy: string): FlagError {
  return new FlagError('bad-value', `flag --${name} has the bad value "${flags[name]}": ${remedy}`)
}
