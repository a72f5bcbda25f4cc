import type { V1ConfigMap } from '@kubernetes/client-node'
import type { Report } from './faults.ts'

/** Reports text for FRR in the ConfigMap `bgpextras`; the text itself is not shown, as it may hold passwords. */
export function reportExtras({ data }: V1ConfigMap, report: Report): void {
  const text = data?.['extras'] ?? ''
  if (text.trim() === '') return
  report({ code: 'extras-unsupported', field: 'data.extras', value: `${text.trim().split('\n').length} lines` })
}
