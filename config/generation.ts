import { createHash } from 'node:crypto'
import type { ConfigObjects } from './parse.ts'

/** All kinds that speakers and controller both watch: Secrets are for speakers alone. Whoever leaves one out computes another digest. */
const kinds = ['pools', 'l2Advertisements', 'bgpAdvertisements', 'bgpPeers', 'bfdProfiles', 'communities'] as const

type GenerationObjects = Required<Pick<ConfigObjects, (typeof kinds)[number]>>

/**
 * A digest of 32 bits of the configuration as it is written, for telling whether two processes go by the same one.
 * Guarantees: the order of the objects makes no difference, nor do their labels and statuses: what counts is the
 * generation, which the API server raises with each change of a spec.
 */
export function generationOf(objects: GenerationObjects): number {
  const hash = createHash('sha256')
  for (const kind of kinds) for (const line of objects[kind].map(lineOf).sort()) hash.update(`${kind} ${line}\n`)
  return hash.digest().readUInt32BE()
}

/** As in `status.configGeneration` of a SpeakerStatus. */
export function formatGeneration(generation: number): string {
  return generation.toString(16).padStart(8, '0')
}

interface Versioned {
  readonly metadata?: { readonly name?: string; readonly uid?: string; readonly generation?: number }
}

function lineOf({ metadata: { name = '', uid = '', generation = 0 } = {} }: Versioned): string {
  return `${name} ${uid} ${generation}`
}
