import { bgpAdvertisementFaults } from './fault-rows/bgp-advertisement.ts'
import { bgpPeerFaults } from './fault-rows/bgp-peer.ts'
import { generalFaults } from './fault-rows/general.ts'
import { layer2AdvertisementFaults } from './fault-rows/layer2-advertisement.ts'
import { poolFaults } from './fault-rows/pool.ts'
import { reservationFaults } from './fault-rows/reservation.ts'
import type { FaultRow } from './fault-rows/row.ts'

/** Every way in which configuration can be wrong, by its stable code: one row for each rule. */
export const faults = {
  ...generalFaults,
  ...poolFaults,
  ...layer2AdvertisementFaults,
  ...bgpPeerFaults,
  ...bgpAdvertisementFaults,
  ...reservationFaults,
}

export type FaultCode = keyof typeof faults

/** A fault at its place inside one object. */
export interface Fault {
  readonly code: FaultCode
  /** As one would type it for jsonpath: `spec.addresses[0]`. */
  readonly field: string
  readonly value: unknown
  /** What this very case adds, such as the other party of a conflict. */
  readonly detail?: string
}

export type Report = (fault: Fault) => void

/** A fault with the object that has it. */
export interface ConfigError extends Fault {
  readonly kind: string
  readonly name: string
  /** The cause is an object that is not there, and may come. */
  readonly mayResolveLater: boolean
  /** Kind, name, field, value, problem and remedy as one line. */
  readonly message: string
}

/** Errors, which keep the configuration from being used, and warnings, which do not. */
export interface Faults {
  readonly errors: ConfigError[]
  readonly warnings: ConfigError[]
}

export function configError(kind: string, name: string, fault: Fault): ConfigError {
  const { problem, remedy, mayResolveLater = false }: FaultRow = faults[fault.code]
  const what = fault.detail === undefined ? problem : `${problem} (${fault.detail})`
  const message = `${kind} ${name}: ${fault.field}: ${shown(fault.value)} ${what}: ${remedy}`
  return { kind, name, ...fault, mayResolveLater, message }
}

/** Whatever a schema lets through. */
const longestValue = 300

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)}...`
}

/** Reports into errors or warnings, whatever the fault is. A field that is at fault in many ways alike is told of once. */
export function reporterOf(kind: string, name: string, { errors, warnings }: Faults): Report {
  const told = new Set<string>()
  return (fault) => {
    const identity = `${fault.code} ${fault.field}`
    if (told.has(identity)) return
    told.add(identity)
    const { isWarning = false }: FaultRow = faults[fault.code]
    const list = isWarning ? warnings : errors
    list.push(configError(kind, name, fault))
  }
}

/** Reports every element that equals an earlier one. */
export function reportRepeated(texts: readonly string[], code: FaultCode, field: string, report: Report): void {
  const seen = new Set<string>()
  for (const [index, text] of texts.entries()) {
    if (seen.has(text)) report({ code, field: `${field}[${index}]`, value: text })
    seen.add(text)
  }
}
