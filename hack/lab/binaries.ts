import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

export const versions = { etcd: '3.6.16', kubernetes: '1.34.3' } as const

export type Binary =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kube-proxy'
  | 'kubectl'

export const cacheRoot = () => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'metallb-ts')
const binaryCache = () => join(cacheRoot(), 'bin', `etcd-${versions.etcd}-kubernetes-${versions.kubernetes}`)

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where the test binaries are: KUBEBUILDER_ASSETS first, then our cache, then (kubectl) the PATH. */
function find(binary: Binary): string | undefined {
  const places = [process.env['KUBEBUILDER_ASSETS'], binaryCache()]
  if (binary === 'kubectl') places.push(...(process.env['PATH'] ?? '').split(delimiter))
  return places.map((place) => place && join(place, binary)).find((path) => path && isExecutable(path))
}

export type Binaries = Readonly<Record<Binary, string>>

/** The paths of the binaries asked for. */
export async function requireBinaries<B extends Binary>(
  names: readonly B[],
  _log: (line: string) => void = () => {},
): Promise<Readonly<Record<B, string>>> {
  const found = names.map((name) => [name, find(name)] as const)
  const missing = found.filter(([, path]) => !path).map(([name]) => name)
  if (missing.length > 0) throw new Error(`test binaries missing: ${missing.join(', ')}`)
  return Object.fromEntries(found) as Record<B, string>
}
