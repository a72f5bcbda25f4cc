import { gzipSync } from 'node:zlib'
import { imageName, imageTag } from '../../cdk8s/image.ts'
import { nodeEnvironment, nodeFlags } from '../../cdk8s/runtime.ts'
import { type Architecture, architectures } from './architecture.ts'
import { cacheDirectory, cached } from './cache.ts'
import { appContent, baseContent } from './content.ts'
import { digestOf, type ImageLayout, imageLayout, type Layer, type RuntimeConfig } from './oci.ts'
import { type TarEntry, writeTar } from './tar.ts'

/** By the name of the layer, the one that changes least first. */
export type Content = Readonly<Record<'base' | 'app', TarEntry[]>>

export const runtimeConfig: RuntimeConfig = {
  User: '65534:65534',
  Env: ['PATH=/usr/bin', ...Object.entries(nodeEnvironment).map(([name, value]) => `${name}=${value}`)],
  WorkingDir: '/',
  Entrypoint: ['/usr/bin/node', ...nodeFlags.speaker],
  Labels: {
    'org.opencontainers.image.title': 'metallb-ts',
    'org.opencontainers.image.version': imageTag,
    'org.opencontainers.image.licenses': 'Apache-2.0',
  },
}

export const readContent = (architecture: Architecture): Content => ({
  base: baseContent(architecture),
  app: appContent(architecture),
})

export function buildImage(architecture: Architecture, content: Content): ImageLayout & { layers: Layer[] } {
  const layers = Object.entries(content).map(([name, entries]) => createLayer(name, entries))
  return {
    layers,
    ...imageLayout({ name: imageName, architecture: architectures[architecture].oci, config: runtimeConfig, layers }),
  }
}

function createLayer(name: string, entries: readonly TarEntry[]): Layer {
  const tar = writeTar(entries)
  const diffId = digestOf(tar)
  const compress = () => gzipSync(tar, { level: 9 })
  // Only the large layer that rarely changes is worth a place in the cache: 5 s of work.
  const path = cacheDirectory('layers', `${diffId.slice('sha256:'.length)}.tar.gz`)
  const compressed = name === 'base' ? cached(path, compress) : compress()
  return { name, diffId, uncompressedBytes: tar.length, compressed }
}
