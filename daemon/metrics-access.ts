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

/** How long an answer of the API server is believed, how many of each kind are kept, and how many callers it is asked about at once. */
export const accessLimits = Object.freeze({
  allowedMillis: 60_000,
  refusedMillis: 10_000,
  entries: 256,
  reviewsUnderWay: 4,
})

interface Answer {
  readonly access: Access
  readonly expiresAtMillis: number
}

/**
 * Asks the API server who the bearer is (TokenReview) and whether that user may `get` the path (SubjectAccessReview).
 * Guarantees: scrapes at once with one token cost one review; a failed review is not remembered; tokens are kept only as
 * digests. Whoever guesses tokens neither floods the API server ('busy' beyond the limit) nor displaces those whom it allowed:
 * they have a memory of their own, and their answer is renewed beyond the limit too.
 */
export function createAccessCheck(options: AccessOptions): (token: string) => Promise<Access | 'busy'> {
  const allowed = new Map<string, Answer>()
  const refused = new Map<string, Answer>()
  const underWay = new Map<string, Promise<Access>>()

  async function ask(token: string, digest: string): Promise<Access> {
    try {
      const access = await review(options, token)
      remember(access, digest)
      return access
    } finally {
      underWay.delete(digest)
    }
  }

  function remember(access: Access, digest: string): void {
    const isAllowed = access === 'allowed'
    const lifeMillis = isAllowed ? accessLimits.allowedMillis : accessLimits.refusedMillis
    allowed.delete(digest)
    refused.delete(digest)
    putNewest(isAllowed ? allowed : refused, digest, { access, expiresAtMillis: options.clock.now() + lifeMillis })
  }

  return async (token) => {
    const digest = createHash('sha256').update(token).digest('base64')
    const answer = allowed.get(digest) ?? refused.get(digest)
    if (answer !== undefined && answer.expiresAtMillis > options.clock.now()) return answer.access
    const running = underWay.get(digest)
    if (running !== undefined) return running
    if (underWay.size >= accessLimits.reviewsUnderWay && !allowed.has(digest)) return 'busy'
    const asked = ask(token, digest)
    underWay.set(digest, asked)
    return asked
  }
}

function putNewest(answers: Map<string, Answer>, digest: string, answer: Answer): void {
  const oldest = answers.keys().next().value
  if (answers.size >= accessLimits.entries && oldest !== undefined) answers.delete(oldest)
  answers.set(digest, answer)
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
