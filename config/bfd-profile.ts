import type { BFDProfile, BFDProfileSpec } from '../crds/generated/types.ts'
import type { Report } from './faults.ts'
import type { BfdProfile } from './snapshot.ts'

type NumberField = 'receiveInterval' | 'transmitInterval' | 'echoInterval' | 'detectMultiplier' | 'minimumTtl'

const limits: Readonly<Record<NumberField, readonly [lowest: number, highest: number]>> = {
  receiveInterval: [10, 60000],
  transmitInterval: [10, 60000],
  echoInterval: [10, 60000],
  detectMultiplier: [2, 255],
  minimumTtl: [1, 254],
}

export function parseBfdProfile({ metadata, spec = {} }: BFDProfile, report: Report): BfdProfile {
  for (const name of Object.keys(limits) as NumberField[]) checkLimits(spec, name, report)
  return {
    name: metadata?.name ?? '',
    receiveIntervalMillis: spec.receiveInterval,
    transmitIntervalMillis: spec.transmitInterval,
    detectMultiplier: spec.detectMultiplier,
    echoIntervalMillis: spec.echoInterval,
    echoMode: spec.echoMode ?? false,
    passiveMode: spec.passiveMode ?? false,
    minimumTtl: spec.minimumTtl,
  }
}

function checkLimits(spec: BFDProfileSpec, name: NumberField, report: Report): void {
  const value = spec[name]
  const [lowest, highest] = limits[name]
  if (value === undefined || (Number.isInteger(value) && value >= lowest && value <= highest)) return
  report({ code: 'bfd-out-of-range', field: `spec.${name}`, value, detail: `${lowest} to ${highest}` })
}
