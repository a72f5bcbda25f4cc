/** The question of a validating webhook: may this object be written? Asked of the same parser as at load time. */
import type { ConfigError } from './faults.ts'
import { type ConfigObjects, parseConfig } from './parse.ts'
import type { BgpBackend } from './rules.ts'

export interface AdmissionRequest {
  /** CREATE, UPDATE or DELETE; what else there may be is let through. */
  readonly operation: string
  readonly kind: string
  readonly namespace: string
  /** As it is to be; absent on DELETE. */
  readonly object?: Candidate
  /** As it was; absent on CREATE. */
  readonly oldObject?: Candidate
}

/** Of an object that has been seen by nobody yet, nothing is certain. */
export interface Candidate {
  readonly metadata?: { readonly name?: string; readonly deletionTimestamp?: unknown }
  readonly spec?: unknown
}

export interface AdmissionOptions {
  /** MetalLB's own: objects elsewhere have no effect. */
  readonly namespace: string
  readonly backend: BgpBackend
}

export interface AdmissionAnswer {
  readonly allowed: boolean
  readonly code: 200 | 403
  /** Why not: every fault with its field and what to do, one on a line. */
  readonly message?: string
  /** For the person who writes the object; only beside a yes. */
  readonly warnings: readonly string[]
}

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

/**
 * Refuses an object that brings a fault into the configuration, its own or one of an object that it conflicts with.
 * Faults that were there before do not count (they are warned of): one broken object must not keep people from mending
 * it step by step, or from editing the others.
 * Guarantees: never throws; an object that cannot be read at all is refused.
 */
export function admit(request: AdmissionRequest, stored: ConfigObjects, options: AdmissionOptions): AdmissionAnswer {
  const { operation, kind, namespace, object } = request
  if (operation === 'DELETE') return admitDeletion(request, stored, options)
  if (object === undefined || !Object.hasOwn(kinds, kind) || isBeingDeleted(object)) return allow([])
  if (namespace !== options.namespace) return elsewhere(request, options)
  return compare(request, object, stored, options)
}

/** What stands in the way of the last write of all, the removal of finalizers, would keep the object for ever. */
function isBeingDeleted({ metadata }: Candidate): boolean {
  return metadata?.deletionTimestamp !== undefined
}

function admitDeletion(
  { kind, namespace, oldObject }: AdmissionRequest,
  { bgpPeers = [] }: ConfigObjects,
  options: AdmissionOptions,
): AdmissionAnswer {
  if (kind !== 'BFDProfile' || namespace !== options.namespace) return allow([])
  const name = nameOf(oldObject)
  const users = bgpPeers.filter(({ spec }) => spec?.bfdProfile === name).map(nameOf)
  if (users.length === 0) return allow([])
  const remedy = 'give these peers another profile, or none, or delete them first'
  return refuse(`BFDProfile ${name}: is in use by BGPPeer ${users.sort().join(', ')}: ${remedy}`)
}

/** An UPDATE was not stopped in the beginning, and goes nowhere: MetalLB lets it through, too. */
function elsewhere({ operation, kind, namespace, object }: AdmissionRequest, options: AdmissionOptions) {
  const what = `${kind} ${nameOf(object)}: metadata.namespace: ${JSON.stringify(namespace)}`
  const problem = 'is not the namespace of MetalLB, elsewhere an object has no effect'
  const message = `${what} ${problem}: create it in ${options.namespace}`
  return operation === 'CREATE' ? refuse(message) : allow([message])
}

function compare(
  { operation, kind, oldObject }: AdmissionRequest,
  object: Candidate,
  stored: ConfigObjects,
  { backend }: AdmissionOptions,
): AdmissionAnswer {
  const { list, beside } = kinds[kind]!
  const isSame = (other: Candidate) => nameOf(other) === nameOf(object)
  const others = (stored[list] ?? []).filter((other) => !isSame(other))
  const surroundings = Object.fromEntries(beside.map((key) => [key, stored[key]]))
  const judge = (...self: Candidate[]): Judgement =>
    read({ pools: [], ...surroundings, [list]: [...others, ...self] } as ConfigObjects, backend)

  const after = judge(object)
  if (after.faults.length === 0) return allow([...deprecations(kind, object), ...ownWarnings(after, kind, object)])
  const former = oldObject ?? (stored[list] ?? []).find(isSame)
  const before = operation === 'CREATE' || former === undefined ? judge() : judge(former)
  const introduced = without(after.faults, before.faults)
  if (introduced.length > 0) return refuse(introduced.map(({ message }) => message).join('\n'))
  return allow([...deprecations(kind, object), ...remaining(after)])
}

interface Judgement {
  readonly faults: readonly Pick<ConfigError, 'message'>[]
  readonly warnings: readonly ConfigError[]
}

function read(objects: ConfigObjects, backend: BgpBackend): Judgement {
  try {
    const result = parseConfig(objects, { backend, references: 'ignore' })
    return { faults: result.ok ? [] : result.errors, warnings: result.warnings }
  } catch (error) {
    // The API server has checked the schema before it asks, so that whoever comes here did not go through it.
    const message = `the object cannot be read (${String(error)}): compare it with kubectl explain`
    return { faults: [{ message }], warnings: [] }
  }
}

/** As multisets; a fault stays the same when its place in a list changes. */
function without(faults: Judgement['faults'], former: Judgement['faults']): Judgement['faults'] {
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

function deprecations(kind: string, { spec }: Candidate): string[] {
  const disableMP = kind === 'BGPPeer' && (spec as { disableMP?: unknown } | undefined)?.disableMP === true
  return disableMP ? ['spec.disableMP is deprecated and has no effect: leave it out'] : []
}

function ownWarnings({ warnings }: Judgement, kind: string, object: Candidate): string[] {
  const own = warnings.filter((warning) => warning.kind === kind && warning.name === nameOf(object))
  return own.map(({ message }) => message)
}

/** The API server cuts what is longer than a few lines. */
const mostWarnings = 3

function remaining({ faults }: Judgement): string[] {
  const effect = 'the former configuration stays in force as long as this is so'
  return faults.slice(0, mostWarnings).map(({ message }) => `${effect}: ${message}`)
}

function nameOf(object: Candidate | undefined): string {
  return object?.metadata?.name ?? ''
}

function allow(warnings: readonly string[]): AdmissionAnswer {
  return { allowed: true, code: 200, warnings }
}

function refuse(message: string): AdmissionAnswer {
  return { allowed: false, code: 403, message, warnings: [] }
}
