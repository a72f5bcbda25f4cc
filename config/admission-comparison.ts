/** What the parser says of the configuration with an object in it, and without it. */
import type { IPReservation } from '../crds/generated/types.ts'
import type { Candidate } from './admission.ts'
import type { ConfigError } from './faults.ts'
import { type ConfigObjects, type ConfigResult, parseConfig } from './parse.ts'
import { parseReservation } from './reservation.ts'
import type { BgpBackend } from './rules.ts'

type ObjectList = 'pools' | 'l2Advertisements' | 'bgpAdvertisements' | 'bgpPeers' | 'bfdProfiles' | 'communities'

/** Where the objects of a kind are, and what else the parser is given: no more than in MetalLB. */
const kinds: Readonly<Record<string, { list: ObjectList; beside: readonly (keyof ConfigObjects)[] }>> = {
  IPAddressPool: { list: 'pools', beside: [] },
  L2Advertisement: { list: 'l2Advertisements', beside: ['pools'] },
  BGPAdvertisement: { list: 'bgpAdvertisements', beside: ['pools', 'nodes'] },
  BGPPeer: { list: 'bgpPeers', beside: ['nodes'] },
  BFDProfile: { list: 'bfdProfiles', beside: [] },
  Community: { list: 'communities', beside: [] },
}

export function isAdmitted(kind: string): boolean {
  return kind === 'IPReservation' || Object.hasOwn(kinds, kind)
}

export interface Judgement {
  readonly faults: readonly Pick<ConfigError, 'message'>[]
  readonly warnings: readonly ConfigError[]
}

export interface Comparison {
  /** Of the configuration with this object in its place, or without it. */
  readonly judge: (...self: Candidate[]) => Judgement
  /** The object as it is stored. */
  readonly former?: Candidate | undefined
}

/** `kind` is one of those that are admitted. */
export function comparison(kind: string, object: Candidate, stored: ConfigObjects, backend: BgpBackend): Comparison {
  return kind === 'IPReservation' ? ofReservation() : ofConfiguration(kind, object, stored, backend)
}

function ofConfiguration(kind: string, object: Candidate, stored: ConfigObjects, backend: BgpBackend): Comparison {
  const { list, beside } = kinds[kind]!
  const isSame = (other: Candidate) => nameOf(other) === nameOf(object)
  const others = (stored[list] ?? []).filter((other) => !isSame(other))
  const surroundings = Object.fromEntries(beside.map((key) => [key, stored[key]]))
  const judge = (...self: Candidate[]) =>
    reading(() => {
      const objects = { pools: [], ...surroundings, [list]: [...others, ...self] } as ConfigObjects
      return parseConfig(objects, { backend, references: 'ignore' })
    })
  return { judge, former: (stored[list] ?? []).find(isSame) }
}

/** It stands for itself. */
function ofReservation(): Comparison {
  const parse = (self: Candidate) => ({ warnings: [], ...parseReservation(self as IPReservation) })
  return { judge: (self) => (self === undefined ? faultless : reading(() => parse(self))) }
}

const faultless: Judgement = { faults: [], warnings: [] }

type Outcome = Pick<ConfigResult, 'warnings'> & ({ ok: true } | { ok: false; errors: readonly ConfigError[] })

function reading(parse: () => Outcome): Judgement {
  try {
    const outcome = parse()
    return { faults: outcome.ok ? [] : outcome.errors, warnings: outcome.warnings }
  } catch (error) {
    // The API server has checked the schema before it asks, so that whoever comes here did not go through it.
    const message = `the object cannot be read (${String(error)}): compare it with kubectl explain`
    return { ...faultless, faults: [{ message }] }
  }
}

/** As multisets; a fault stays the same when its place in a list changes. */
export function without(faults: Judgement['faults'], former: Judgement['faults']): Judgement['faults'] {
  const known = new Map<string, number>()
  for (const fault of former) known.set(identityOf(fault), (known.get(identityOf(fault)) ?? 0) + 1)
  return faults.filter((fault) => {
    const count = known.get(identityOf(fault)) ?? 0
    known.set(identityOf(fault), count - 1)
    return count <= 0
  })
}

function identityOf({ message }: Pick<ConfigError, 'message'>): string {
  return message.replace(/\[\d+\]/g, '[]')
}

export function nameOf(object: Candidate | undefined): string {
  return object?.metadata?.name ?? ''
}
