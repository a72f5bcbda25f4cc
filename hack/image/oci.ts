import { createHash } from 'node:crypto'
import type { TarEntry } from './tar.ts'

// OCI Image Layout Specification 1.0: a directory of blobs by digest, and an index that names the manifest.

export interface Layer {
  name: string
  /** Of the uncompressed tar, which the configuration names. */
  diffId: string
  uncompressedBytes: number
  compressed: Uint8Array
}

/** The parts of an image's configuration that a container runtime obeys. */
export interface RuntimeConfig {
  User: string
  Env: readonly string[]
  WorkingDir: string
  Entrypoint: readonly string[]
  Labels: Readonly<Record<string, string>>
}

export interface ImageDescription {
  /** With registry and tag: what `ctr images import` calls it. */
  name: string
  architecture: string
  config: RuntimeConfig
  layers: readonly Layer[]
}

export interface ImageLayout {
  entries: TarEntry[]
  manifestDigest: string
}

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const

export const digestOf = (content: Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`

export function imageLayout({ name, architecture, config, layers }: ImageDescription): ImageLayout {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) }
  const history = layers.map((layer) => ({ created_by: `hack/image: ${layer.name}` }))
  const configBlob = json({ architecture, os: 'linux', config, rootfs, history })
  const manifestBlob = json({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptor('config', configBlob),
    layers: layers.map(({ compressed }) => descriptor('layer', compressed)),
  })
  const annotations = {
    'io.containerd.image.name': name,
    'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
  }
  const manifest = { ...descriptor('manifest', manifestBlob), platform: { architecture, os: 'linux' }, annotations }
  const index = json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [manifest] })
  return {
    manifestDigest: manifest.digest,
    entries: [
      file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
      file('index.json', index),
      ...[configBlob, manifestBlob, ...layers.map(({ compressed }) => compressed)].map(blob),
    ],
  }
}

function descriptor(kind: keyof typeof mediaTypes, content: Uint8Array) {
  return { mediaType: mediaTypes[kind], digest: digestOf(content), size: content.length }
}

const blob = (content: Uint8Array) => file(`blobs/${digestOf(content).replace(':', '/')}`, content)
const file = (path: string, content: Uint8Array): TarEntry => ({ kind: 'file', path, mode: 0o644, content })
const json = (value: unknown) => Buffer.from(JSON.stringify(value))
