import { createHash } from 'node:crypto'

/** All kinds that speakers and controller both watch: Secrets are for speakers alone. Whoever leaves one out computes another digest. */
const kinds = ['pools', 'l2Advertisements', 'bgpAdvertisements', 'bgpPeers', 'bfdProfiles', 'communities'] as const

/** Where the objects are kept: stores, or lists. */
type Kept = Readonly<Record<(typeof kinds)[number], { values(): Iterable<Versioned> }>>

interface Versioned {
  readonly metadata?: { readonly name?: string; readonly uid?: string; readonly generation?: number }
}

/**
 * A digest of 32 bits of the configuration as it is written, for telling whether two processes go by the same one.
 * Guarantees: the order of the objects makes no difference, nor do their labels and statuses: what counts is the
 * generation, which the API server raises with each change of a spec.
 */
export function generationOf(kept: Kept): number {
  const hash = createHash('sha256')
  for (const kind of kinds) {
    for (const line of Array.from(kept[kind].values(), lineOf).sort()) hash.update(`${kind} ${line}\n`)
  }
  return hash.digest().readUInt32BE()
}

/** As in `status.configGeneration` of a SpeakerStatus. */
export function formatGeneration(generation: number): string {
  return generation.toString(16).padStart(8, '0')
}

function lineOf({ metadata: { name = '', uid = '', generation = 0 } = {} }: Versioned): string {
  return `${name} ${uid} ${generation}`
}
