import { gunzipSync, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { runtimeConfig } from './image.ts'
import { digestOf, imageLayout, type Layer } from './oci.ts'
import { type TarEntry, writeTar } from './tar.ts'

function layer(name: string, path: string): Layer {
  const tar = writeTar([{ kind: 'file', path, mode: 0o644, content: Buffer.from(name) }])
  return { name, diffId: digestOf(tar), uncompressedBytes: tar.length, compressed: gzipSync(tar) }
}

const layers = [layer('base', 'usr/bin/node'), layer('app', 'app/speaker.cjs')]
const layout = () =>
  imageLayout({ name: 'registry.example/metallb:v1', architecture: 'arm64', config: runtimeConfig, layers })

interface Descriptor {
  digest: string
  size: number
  annotations?: Record<string, string>
  platform?: object
}

/** Follows digests from index.json as a container runtime does. */
function reader(entries: readonly TarEntry[]) {
  const contents = new Map(
    entries.map((entry) => [entry.path, entry.kind === 'file' ? Buffer.from(entry.content) : Buffer.alloc(0)]),
  )
  const read = (path: string) => contents.get(path) ?? expect.fail(`no ${path}`)
  const blob = ({ digest, size }: Descriptor) => {
    const content = read(`blobs/${digest.replace(':', '/')}`)
    expect(digestOf(content)).to.equal(digest)
    expect(content.length).to.equal(size)
    return content
  }
  return { read, blob, json: (content: Buffer) => JSON.parse(content.toString()) }
}

describe('imageLayout', () => {
  it('leads from the index to each layer by digests and sizes that are true', () => {
    const { entries, manifestDigest } = layout()
    const { read, blob, json } = reader(entries)
    const [descriptor] = json(read('index.json')).manifests as [Descriptor]
    const manifest = json(blob(descriptor)) as { config: Descriptor; layers: Descriptor[] }
    const config = json(blob(manifest.config)) as { rootfs: { diff_ids: string[] } }
    const tars = manifest.layers.map((layerDescriptor) => gunzipSync(blob(layerDescriptor)))
    expect(descriptor.digest).to.equal(manifestDigest)
    expect(tars.map(digestOf)).to.deep.equal(config.rootfs.diff_ids)
    expect(entries).to.have.length(2 + 2 + tars.length)
  })

  it('carries the name that containerd imports it under, and the platform', () => {
    const { read, json } = reader(layout().entries)
    const [descriptor] = json(read('index.json')).manifests as [Descriptor]
    expect(descriptor.platform).to.deep.equal({ architecture: 'arm64', os: 'linux' })
    expect(descriptor.annotations).to.deep.equal({
      'io.containerd.image.name': 'registry.example/metallb:v1',
      'org.opencontainers.image.ref.name': 'v1',
    })
  })

  it('is the same for the same input', () => {
    expect(layout()).to.deep.equal(layout())
  })
})
