import type { IPAddressPoolSpec } from '../crds/generated/types.ts'
import { parseAddressList } from './address-list.ts'
import { parseDuration } from './duration.ts'
import type { Report } from './faults.ts'
import type { Pool } from './snapshot.ts'

/** How the addresses of a pool are given out, beyond what MetalLB knows. */
export type PoolLimits = Pick<
  Pool,
  'exclude' | 'disabled' | 'quota' | 'strategy' | 'retainForMillis' | 'probeBeforeUse'
>

export function parseLimits(spec: IPAddressPoolSpec, report: Report): PoolLimits {
  const { exclude = [], disabled = false, probeBeforeUse = false } = spec
  return {
    exclude: parseAddressList(exclude, 'spec.exclude', report),
    disabled,
    quota: parseQuota(spec, report),
    strategy: parseStrategy(spec, report),
    retainForMillis: parseRetention(spec, report),
    probeBeforeUse,
  }
}

function parseQuota({ quota }: IPAddressPoolSpec, report: Report): number | undefined {
  if (quota === undefined || (Number.isInteger(quota) && quota >= 1)) return quota
  report({ code: 'bad-quota', field: 'spec.quota', value: quota })
  return undefined
}

function parseStrategy({ allocation = 'LowestFirst' }: IPAddressPoolSpec, report: Report): Pool['strategy'] {
  if (['LowestFirst', 'Balanced'].includes(allocation)) return allocation
  report({ code: 'bad-strategy', field: 'spec.allocation', value: allocation })
  return 'LowestFirst'
}

/** Nothing is kept for no time. */
function parseRetention({ retainFor }: IPAddressPoolSpec, report: Report): number | undefined {
  if (retainFor === undefined) return undefined
  const nanos = parseDuration(retainFor)
  if (nanos === undefined) report({ code: 'bad-duration', field: 'spec.retainFor', value: retainFor })
  return nanos ? nanos / 1e6 : undefined
}
