import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Architecture, architectures, findLibrary, ImageError } from './architecture.ts'
import { strippedNode } from './node-binary.ts'
import type { TarEntry } from './tar.ts'

const root = join(import.meta.dirname, '../..')
const certificates = '/etc/ssl/certs/ca-certificates.crt'

const passwd = 'root:x:0:0:root:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n'
const nsswitch = 'passwd: files\nhosts: files dns\n'

// What `readelf -d` lists for Node and the addon, the loader aside.
const libraries = ['libc.so.6', 'libdl.so.2', 'libgcc_s.so.1', 'libm.so.6', 'libpthread.so.0', 'libstdc++.so.6']
const bundles = ['controller.cjs', 'operator.cjs', 'self-signed.cjs', 'speaker.cjs']

/** Node and all that it needs of an operating system: changes with Node's version only. */
export function baseContent(architecture: Architecture): TarEntry[] {
  const { triplet, loader } = architectures[architecture]
  return [
    program('usr/bin/node', strippedNode(architecture)),
    program(loader, findLibrary(loader.slice(loader.lastIndexOf('/') + 1), architecture)),
    ...libraries.map((name) => program(`lib/${triplet}/${name}`, findLibrary(name, architecture))),
    data('etc/ssl/certs/ca-certificates.crt', readCertificates()),
    data('etc/passwd', Buffer.from(passwd)),
    data('etc/nsswitch.conf', Buffer.from(nsswitch)),
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
  ]
}

/** What we wrote: the bundles and the native addon. */
export function appContent(architecture: Architecture): TarEntry[] {
  return [
    ...bundles.map((name) => data(`app/${name}`, readBundle(name))),
    program('app/rawnet.node', buildAddon(architecture)),
  ]
}

function readCertificates(): Buffer {
  if (!existsSync(certificates))
    throw new ImageError(`${certificates} is missing; on Debian: apt-get install ca-certificates`)
  return readFileSync(certificates)
}

// The image carries no source maps: the comment that names them would mislead.
function readBundle(name: string): Buffer {
  const path = join(root, 'build/bin', name)
  if (!existsSync(path)) throw new ImageError(`${path} is missing: run make build`)
  return Buffer.from(readFileSync(path, 'utf8').replace(/\n\/\/# sourceMappingURL=\S+\n?$/, '\n'))
}

function buildAddon(architecture: Architecture): string {
  const output = join(root, `build/image/rawnet-${architecture}.node`)
  execFileSync(process.execPath, [join(root, 'hack/rawnet.ts'), '--arch', architecture, '--output', output], {
    stdio: 'inherit',
  })
  return output
}

const program = (path: string, source: string): TarEntry => ({
  kind: 'file',
  path,
  mode: 0o755,
  content: readFileSync(source),
})
const data = (path: string, content: Uint8Array): TarEntry => ({ kind: 'file', path, mode: 0o644, content })
