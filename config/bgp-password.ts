import type { V1Secret } from '@kubernetes/client-node'
import type { BGPPeerSpec } from '../crds/generated/types.ts'
import type { Report } from './faults.ts'
import type { BgpPeer } from './snapshot.ts'

export type BgpPassword = Pick<BgpPeer, 'password' | 'passwordSecret'>

export interface Secrets {
  /** By name. */
  readonly secrets: ReadonlyMap<string, V1Secret>
  /** Secrets are named, not read. */
  readonly passthrough: boolean
}

/** A fault names the Secret, and never shows a password. */
export function parsePassword(spec: BGPPeerSpec, { secrets, passthrough }: Secrets, report: Report): BgpPassword {
  const password = spec.password || undefined
  const passwordSecret = spec.passwordSecret?.name || undefined // an empty object is as good as none
  if (passwordSecret === undefined) return { password, passwordSecret }
  const place = { field: 'spec.passwordSecret', value: passwordSecret }
  if (password !== undefined) report({ code: 'password-and-secret', ...place })
  if (passthrough) return { password: undefined, passwordSecret }

  const secret = secrets.get(passwordSecret)
  const encoded = secret?.data?.['password']
  if (secret === undefined) report({ code: 'secret-missing', ...place })
  else if (secret.type !== basicAuth) report({ code: 'secret-type', ...place, detail: secret.type ?? 'none' })
  else if (encoded === undefined) report({ code: 'secret-without-password', ...place })
  else return { password: Buffer.from(encoded, 'base64').toString('utf8'), passwordSecret }
  return { password: undefined, passwordSecret }
}

const basicAuth = 'kubernetes.io/basic-auth'
