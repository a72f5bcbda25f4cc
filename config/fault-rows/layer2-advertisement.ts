import type { FaultRow } from './row.ts'

/** Of L2Advertisement. */
export const layer2AdvertisementFaults = {
  'bad-weight': {
    problem: 'is not a weight',
    remedy: 'use a whole number from 1 to 100',
  },
  'bad-placement': {
    problem: 'is not a way to place addresses on nodes',
    remedy: 'use Hash or Balanced',
  },
  'placement-conflict': {
    problem: 'is overruled by another advertisement of the same Services',
    remedy: 'use one placement in all of them; Balanced is in force',
    isWarning: true,
  },
} as const satisfies Record<string, FaultRow>
