import { randomBytes } from 'node:crypto'
import type { V1OwnerReference, V1Secret } from '@kubernetes/client-node'
import { isAlreadyExists, isNotFound, type KubeClient } from '../kube/client.ts'
import type { Clock, Timer } from '../kube/clock.ts'
import { deployments, secrets } from '../kube/core.ts'
import type { Log } from '../kube/log.ts'

export interface MemberlistSecretOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
  /** The Deployment with which the secret goes; "" for none. */
  readonly deployment: string
  readonly signal: AbortSignal
}

const keyBytes = 16
const lookMillis = 60_000

/**
 * Makes the key that speakers share when there is none, and again when it has gone: with a former Deployment, which takes
 * the garbage collector a while, or by hand. Without it no speaker can start. Resolves when there is one.
 */
export async function keepMemberlistSecret(
  options: MemberlistSecretOptions & { readonly log: Log; readonly clock: Clock },
): Promise<void> {
  const { namespace, name, signal, log, clock } = options
  const ensure = async () => {
    if (await ensureMemberlistSecret(options)) {
      log.info({ secret: `${namespace}/${name}` }, 'made the key for messages between speakers')
    }
  }
  const look = async (): Promise<void> => {
    try {
      await ensure()
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'the key for messages between speakers could not be looked for')
    }
    lookLater()
  }
  let timer: Timer | undefined
  const lookLater = (): void => {
    if (!signal.aborted) timer = clock.setTimeout(() => void look(), lookMillis)
  }
  await ensure()
  signal.addEventListener('abort', () => clock.clearTimeout(timer), { once: true })
  lookLater()
}

/** Makes the key that speakers share, unless there is one. Returns whether it was made. */
async function ensureMemberlistSecret(options: MemberlistSecretOptions): Promise<boolean> {
  const { client, namespace, name, signal } = options
  if (await exists(options)) return false
  const key = randomBytes(keyBytes).toString('base64').replaceAll('=', '')
  const secret: V1Secret = {
    metadata: { namespace, name, ownerReferences: await owners(options) },
    type: 'Opaque',
    data: { secretkey: Buffer.from(key).toString('base64') },
  }
  try {
    await client.create(secrets, secret, { signal })
    return true
  } catch (error) {
    if (isAlreadyExists(error)) return false
    throw error
  }
}

async function exists({ client, namespace, name, signal }: MemberlistSecretOptions): Promise<boolean> {
  try {
    await client.get(secrets, { namespace, name }, { signal })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function owners({ client, namespace, deployment, signal }: MemberlistSecretOptions): Promise<V1OwnerReference[]> {
  if (deployment === '') return []
  const { metadata } = await client.get(deployments, { namespace, name: deployment }, { signal })
  return [{ apiVersion: 'apps/v1', kind: 'Deployment', name: deployment, uid: metadata?.uid ?? '' }]
}
