import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cacheDirectory } from '../image/cache.ts'
import { buildBinaries } from './build-binaries.ts'

export const versions = { etcd: '3.6.16', kubernetes: '1.34.3' } as const

export const binaryNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
] as const

export type Binary = (typeof binaryNames)[number]
/** What the fast lab needs of them. */
export const fastLabBinaries = ['etcd', 'kube-apiserver', 'kubectl'] as const satisfies readonly Binary[]

export type Binaries = Readonly<Record<Binary, string>>

const binaryCache = () => cacheDirectory('bin', `etcd-${versions.etcd}-kubernetes-${versions.kubernetes}`)

/** Where a test binary is: in KUBEBUILDER_ASSETS, else in our cache, else (kubectl only) on the PATH. */
function find(binary: Binary): string | undefined {
  const places = [process.env['KUBEBUILDER_ASSETS'], binaryCache()]
  if (binary === 'kubectl') places.push(...(process.env['PATH'] ?? '').split(delimiter))
  return places.map((place) => place && join(place, binary)).find((path) => path && isExecutable(path))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const missingBinaries = (names: readonly Binary[]): Binary[] => names.filter((name) => !find(name))

/** The paths of the binaries asked for; what is nowhere is built first, once per machine, which takes minutes. */
export async function requireBinaries<B extends Binary>(
  names: readonly B[],
  log: (line: string) => void = console.error,
): Promise<Pick<Binaries, B>> {
  await buildBinaries({ directory: binaryCache(), versions, log, missing: () => missingBinaries(names) })
  return Object.fromEntries(names.map((name) => [name, find(name)])) as Pick<Binaries, B>
}
