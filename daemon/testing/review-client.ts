import type { V1SubjectAccessReview, V1TokenReview } from '@kubernetes/client-node'
import type { KubeClient } from '../../kube/client.ts'

/** Plays the API server's two reviews: who the bearer of a token is, and which users may read /metrics. */
export function reviewClient(users: Readonly<Record<string, { allowed: boolean; denied?: boolean }>>) {
  const reviews: string[] = []
  let failure: Error | undefined
  let ready = Promise.resolve()
  const answers: Readonly<Record<string, (review: unknown) => unknown>> = {
    TokenReview: (review) => {
      const { token = '' } = (review as V1TokenReview).spec
      return { authenticated: users[token] !== undefined, user: { username: token, groups: ['g'] } }
    },
    SubjectAccessReview: (review) => {
      const { user = '' } = (review as V1SubjectAccessReview).spec
      return users[user]
    },
  }
  const create = async (resource: { kind: string }, object: unknown) => {
    reviews.push(resource.kind)
    await ready
    if (failure !== undefined) throw failure
    return { ...(object as object), status: answers[resource.kind]?.(object) }
  }
  return {
    client: { create } as Pick<KubeClient, 'create'>,
    reviews,
    fail: (error: Error | undefined) => {
      failure = error
    },
    /** From now on answers wait until the returned function is called. */
    hold: () => {
      const gate = Promise.withResolvers<void>()
      ready = gate.promise
      return gate.resolve
    },
  }
}
