import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'

/**
 * Who may talk to the API server. There is no PKI: the server signs its own certificate (leaf and CA in one file,
 * which is everybody's CA file), and users are bearer tokens in the server's --token-auth-file.
 */
export interface Credentials {
  readonly directory: string
  readonly caFile: string
  readonly tokenFile: string
  readonly signingKey: string
  readonly verifyingKey: string
  tokenOf(user: string): string
  /** Writes a kubeconfig for a user. */
  writeKubeconfig(user: string, path: string): void
}

interface User {
  readonly name: string
  readonly groups?: string
}

const controlPlaneUsers: readonly User[] = [
  { name: 'admin', groups: 'system:masters' },
  { name: 'system:kube-controller-manager' },
  { name: 'system:kube-scheduler' },
  { name: 'system:kube-proxy' },
]

export function createCredentials(directory: string, server: string, nodeNames: readonly string[]): Credentials {
  mkdirSync(directory, { recursive: true })
  const nodes = nodeNames.map((name): User => ({ name: `system:node:${name}`, groups: 'system:nodes' }))
  const users = [...controlPlaneUsers, ...nodes]
  const tokens = new Map(users.map(({ name }) => [name, randomBytes(16).toString('hex')]))
  const at = (name: string) => join(directory, name)
  const files = {
    caFile: at('certificates/apiserver.crt'),
    tokenFile: at('tokens.csv'),
    signingKey: at('service-account.key'),
    verifyingKey: at('service-account.pub'),
  }
  const rows = users.map(({ name, groups = '' }) => `${tokens.get(name)},${name},${name},"${groups}"\n`)
  writeFileSync(files.tokenFile, rows.join(''))
  writeKeyPair(files.signingKey, files.verifyingKey)
  const tokenOf = (user: string) => tokens.get(user) ?? ''
  return {
    directory,
    ...files,
    tokenOf,
    writeKubeconfig: (user, path) => writeFileSync(path, kubeconfig(server, files.caFile, tokenOf(user))),
  }
}

/** Signs the tokens of ServiceAccounts. */
function writeKeyPair(privatePath: string, publicPath: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(privatePath, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(publicPath, publicKey.export({ type: 'spki', format: 'pem' }))
}

function kubeconfig(server: string, caFile: string, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name: 'lab', user: { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
    'current-context': 'lab',
  })
}
