/** The question of a validating webhook: may this object be written? Asked of the same parser as at load time. */
import { comparison, isAdmitted, type Judgement, nameOf, without } from './admission-comparison.ts'
import { joinMessages } from './joined-messages.ts'
import type { ConfigObjects } from './parse.ts'
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
  /** Why not: every fault with its field and what to do, one on a line, as far as there is room. */
  readonly message?: string
  /** For the person who writes the object; only beside a yes. */
  readonly warnings: readonly string[]
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
  if (operation !== 'CREATE' && operation !== 'UPDATE') return allow([])
  if (object === undefined || !isAdmitted(kind) || isBeingDeleted(object)) return allow([])
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
  const problem = "is not MetalLB's namespace, and objects outside of it have no effect"
  const message = `${what} ${problem}: create it in ${options.namespace}`
  return operation === 'CREATE' ? refuse(message) : allow([message])
}

function compare(
  { operation, kind, oldObject }: AdmissionRequest,
  object: Candidate,
  stored: ConfigObjects,
  { backend }: AdmissionOptions,
): AdmissionAnswer {
  const { judge, former } = comparison(kind, object, stored, backend)
  const after = judge(object)
  if (after.faults.length === 0) return allow(ownWarnings(after, kind, object))
  const replaced = operation === 'CREATE' ? undefined : (oldObject ?? former)
  const before = replaced === undefined ? judge() : judge(replaced)
  const introduced = without(after.faults, before.faults)
  if (introduced.length > 0) return refuse(joinMessages(introduced.map(({ message }) => message)))
  return allow(remaining(after))
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

function allow(warnings: readonly string[]): AdmissionAnswer {
  return { allowed: true, code: 200, warnings }
}

function refuse(message: string): AdmissionAnswer {
  return { allowed: false, code: 403, message, warnings: [] }
}
