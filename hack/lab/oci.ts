import { createHash } from 'node:crypto'

/** A container image in the making: files (path -> content, all executable) and what to run. */
export interface ImageSource {
  /** With registry and tag, as a pod names it. */
  readonly name: string
  readonly files: Readonly<Record<string, Buffer>>
  readonly entrypoint: readonly string[]
}

const mediaType = (name: string) => `application/vnd.oci.image.${name}`

/** An OCI image layout of one layer, as a tar that `ctr images import` takes. */
export function imageTar({ name, files, entrypoint }: ImageSource): Buffer {
  const layer = tar(files)
  const config = json({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: entrypoint },
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
  })
  const manifest = json({
    schemaVersion: 2,
    mediaType: mediaType('manifest.v1+json'),
    config: descriptor('config.v1+json', config),
    layers: [descriptor('layer.v1.tar', layer)],
  })
  const annotations = { 'io.containerd.image.name': name }
  const index = { schemaVersion: 2, manifests: [{ ...descriptor('manifest.v1+json', manifest), annotations }] }
  const blobs = [layer, config, manifest].map((blob) => [`blobs/sha256/${digest(blob).slice('sha256:'.length)}`, blob])
  return tar({
    'oci-layout': json({ imageLayoutVersion: '1.0.0' }),
    'index.json': json(index),
    ...Object.fromEntries(blobs),
  })
}

const json = (value: object) => Buffer.from(JSON.stringify(value))
const digest = (blob: Buffer) => `sha256:${createHash('sha256').update(blob).digest('hex')}`
const descriptor = (type: string, blob: Buffer) => ({
  mediaType: mediaType(type),
  digest: digest(blob),
  size: blob.length,
})

const block = 512

/** POSIX ustar: per file a header block and the content, padded; two empty blocks end it. */
function tar(files: Readonly<Record<string, Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([path, content]) => {
    const padding = Buffer.alloc((block - (content.length % block)) % block)
    return [tarHeader(path, content.length), content, padding]
  })
  return Buffer.concat([...parts, Buffer.alloc(2 * block)])
}

function tarHeader(path: string, size: number): Buffer {
  const header = Buffer.alloc(block)
  const octal = (value: number, offset: number, width: number) =>
    header.write(value.toString(8).padStart(width - 1, '0'), offset)
  header.write(path, 0, 100)
  octal(0o755, 100, 8) // mode
  octal(0, 108, 8) // owner
  octal(0, 116, 8) // group
  octal(size, 124, 12)
  octal(0, 136, 12) // time
  header.write(' '.repeat(8), 148) // the checksum counts itself as blanks
  header.write('0', 156) // a regular file
  header.write('ustar\u000000', 257)
  octal(
    header.reduce((sum, byte) => sum + byte),
    148,
    7,
  )
  return header
}
