import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Api, ensure } from './api.ts'

const tokenLifetimeSeconds = 86_400

/** Makes what the kubelet mounts into a pod: a directory with token, ca.crt and namespace of a ServiceAccount. */
export async function writeServiceAccount(
  api: Api,
  account: { namespace: string; name: string },
  files: { directory: string; caFile: string },
): Promise<string> {
  const { namespace, name } = account
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  await ensure(api, '/api/v1/namespaces', { metadata: { name: namespace } })
  await ensure(api, accounts, { metadata: { name } })
  const { status } = await api.call<{ status: { token: string } }>('POST', `${accounts}/${name}/token`, {
    spec: { expirationSeconds: tokenLifetimeSeconds },
  })
  mkdirSync(files.directory, { recursive: true })
  writeFileSync(join(files.directory, 'token'), status.token, { mode: 0o600 })
  writeFileSync(join(files.directory, 'namespace'), namespace)
  copyFileSync(files.caFile, join(files.directory, 'ca.crt'))
  return files.directory
}

/**
 * argv that runs a program as a hostNetwork pod sees its machine: a mount namespace of its own with an empty /run,
 * the ServiceAccount's directory at its place, and the /sys of the network namespace it is started in.
 */
export const withServiceAccount = (directory: string, argv: readonly string[]): string[] => [
  'unshare',
  '--mount',
  '--propagation=private',
  '--',
  'sh',
  '-ec',
  podMounts,
  'pod',
  directory,
  ...argv,
]

const podMounts = `
directory=$1 place=/var/run/secrets/kubernetes.io/serviceaccount; shift
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755,size=1m tmpfs /run
mkdir -p $place
mount --bind "$directory" $place
exec "$@"
`
