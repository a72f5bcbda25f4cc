import { createHash } from 'node:crypto'
import type {
  V1SubjectAccessReview,
  V1SubjectAccessReviewSpec,
  V1TokenReview,
  V1UserInfo,
} from '@kubernetes/client-node'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { subjectAccessReviews, tokenReviews } from '../kube/core.ts'

/** What the API server says about the bearer of a token. */
export type Access = 'allowed' | 'unauthenticated' | 'forbidden'

export interface AccessOptions {
  client: Pick<KubeClient, 'create'>
  clock: Clock
  path: string
}

/** How long an answer of the API server is believed, and how many are kept. */
export const accessLimits = Object.freeze({ allowedMillis: 60_000, refusedMillis: 10_000, entries: 256 })

interface Entry {
  access: Promise<Access>
  expiresAtMillis: number
}

/**
 * Asks the API server who the bearer is (TokenReview) and whether that user may `get` the path (SubjectAccessReview).
 * Guarantees: scrapes at once with one token cost one review; a failed review is not remembered; tokens are kept only as digests.
 */
export function createAccessCheck(options: AccessOptions): (token: string) => Promise<Access> {
  const entries = new Map<string, Entry>()
  return (token) => {
    const digest = createHash('sha256').update(token).digest('base64')
    const known = entries.get(digest)
    if (known !== undefined && known.expiresAtMillis > options.clock.now()) return known.access
    const entry: Entry = { access: review(options, token), expiresAtMillis: Number.POSITIVE_INFINITY }
    remember(entries, digest, entry)
    void entry.access.then(
      (access) => {
        const lifeMillis = access === 'allowed' ? accessLimits.allowedMillis : accessLimits.refusedMillis
        entry.expiresAtMillis = options.clock.now() + lifeMillis
      },
      () => {
        if (entries.get(digest) === entry) entries.delete(digest)
      },
    )
    return entry.access
  }
}

function remember(entries: Map<string, Entry>, digest: string, entry: Entry): void {
  entries.delete(digest)
  const oldest = entries.keys().next().value
  if (entries.size >= accessLimits.entries && oldest !== undefined) entries.delete(oldest)
  entries.set(digest, entry)
}

async function review({ client, path }: AccessOptions, token: string): Promise<Access> {
  const user = await authenticate(client, token)
  if (user?.username === undefined) return 'unauthenticated'
  const { username, ...identity } = user
  return (await authorize(client, { ...identity, user: username }, path)) ? 'allowed' : 'forbidden'
}

async function authenticate(client: AccessOptions['client'], token: string): Promise<V1UserInfo | undefined> {
  const request: V1TokenReview = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
  const { status } = await client.create(tokenReviews, request)
  return status?.authenticated === true ? status.user : undefined
}

type Subject = Pick<V1SubjectAccessReviewSpec, 'user' | 'uid' | 'groups' | 'extra'>

async function authorize(client: AccessOptions['client'], subject: Subject, path: string): Promise<boolean> {
  const request: V1SubjectAccessReview = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { ...subject, nonResourceAttributes: { path, verb: 'get' } },
  }
  const { status } = await client.create(subjectAccessReviews, request)
  return status?.allowed === true && status.denied !== true
}
