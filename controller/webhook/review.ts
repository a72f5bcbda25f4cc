/** AdmissionReview of admission.k8s.io/v1: JSON in, a request; an answer, JSON out. */
import type { AdmissionAnswer, AdmissionRequest, Candidate } from '../../config/admission.ts'

/** The text is not what an API server sends. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError'
}

export interface Review {
  readonly uid: string
  readonly user: string
  readonly request: AdmissionRequest
}

const apiVersion = 'admission.k8s.io/v1'

type Fields = Readonly<Record<string, unknown>>

/** Throws ReviewError. `kind` is the one that the path is for. */
export function parseReview(text: string, kind: string): Review {
  const review = fieldsOf(parseJson(text), 'the body')
  if (review['kind'] !== 'AdmissionReview' || review['apiVersion'] !== apiVersion) {
    throw new ReviewError(`the body is not an AdmissionReview of ${apiVersion}`)
  }
  const request = fieldsOf(review['request'], 'request')
  const given = fieldsOf(request['kind'], 'request.kind')['kind']
  if (given !== kind) throw new ReviewError(`request.kind.kind is ${JSON.stringify(given)}: this path is for ${kind}`)
  return {
    uid: textOf(request['uid'], 'request.uid'),
    user: String((request['userInfo'] as Fields | null | undefined)?.['username'] ?? ''),
    request: {
      operation: textOf(request['operation'], 'request.operation'),
      kind,
      namespace: typeof request['namespace'] === 'string' ? request['namespace'] : '',
      ...candidate(request, 'object'),
      ...candidate(request, 'oldObject'),
    },
  }
}

export function formatReview(uid: string, { allowed, code, message, warnings }: AdmissionAnswer): string {
  const status = { code, ...(message === undefined ? {} : { message, reason: 'Forbidden' }) }
  const response = { uid, allowed, status, ...(warnings.length === 0 ? {} : { warnings }) }
  return JSON.stringify({ apiVersion, kind: 'AdmissionReview', response })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ReviewError('the body is not JSON', { cause })
  }
}

/** Absent, or null as the API server writes it. */
function candidate(request: Fields, name: 'object' | 'oldObject'): { [N in typeof name]?: Candidate } {
  const value = request[name] ?? undefined
  if (value === undefined) return {}
  const object = fieldsOf(value, `request.${name}`)
  const metadata = fieldsOf(object['metadata'] ?? {}, `request.${name}.metadata`)
  return { [name]: { ...object, metadata } as Candidate }
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new ReviewError(`${what} is not an object`)
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new ReviewError(`${what} is not a text`)
}
