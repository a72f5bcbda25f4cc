import { randomBytes } from 'node:crypto'
import type { V1OwnerReference, V1Secret } from '@kubernetes/client-node'
import { isAlreadyExists, isNotFound, type KubeClient } from '../kube/client.ts'
import { deployments, secrets } from '../kube/core.ts'

export interface MemberlistSecretOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
  /** The Deployment with which the secret goes; "" for none. */
  readonly deployment: string
}

const keyBytes = 16

/** Makes the key that speakers share, unless there is one. Returns whether it was made. */
export async function ensureMemberlistSecret(options: MemberlistSecretOptions): Promise<boolean> {
  const { client, namespace, name } = options
  if (await exists(client, namespace, name)) return false
  const key = randomBytes(keyBytes).toString('base64').replaceAll('=', '')
  const secret: V1Secret = {
    metadata: { namespace, name, ownerReferences: await owners(options) },
    type: 'Opaque',
    data: { secretkey: Buffer.from(key).toString('base64') },
  }
  try {
    await client.create(secrets, secret)
    return true
  } catch (error) {
    if (isAlreadyExists(error)) return false
    throw error
  }
}

async function exists(client: KubeClient, namespace: string, name: string): Promise<boolean> {
  try {
    await client.get(secrets, { namespace, name })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function owners({ client, namespace, deployment }: MemberlistSecretOptions): Promise<V1OwnerReference[]> {
  if (deployment === '') return []
  const { metadata } = await client.get(deployments, { namespace, name: deployment })
  return [{ apiVersion: 'apps/v1', kind: 'Deployment', name: deployment, uid: metadata?.uid ?? '' }]
}
