// Writes the container image as an OCI layout in a tar, without a container engine:
//   node hack/image/main.ts [--arch x64|arm64] [--output file] [-o json]
//   node hack/image/main.ts --root directory      the same content as files, for the Dockerfile
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { imageName } from '../../cdk8s/image.ts'
import { ImageError, parseArchitecture } from './architecture.ts'
import { buildImage, readContent } from './image.ts'
import { formatReport, type Report } from './report.ts'
import { type TarEntry, writeTar } from './tar.ts'

const root = join(import.meta.dirname, '../..')

function main(): void {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', default: process.arch },
      output: { type: 'string' },
      root: { type: 'string' },
      format: { type: 'string', short: 'o', default: 'text' },
    },
  })
  const architecture = parseArchitecture(values.arch)
  const content = readContent(architecture)
  if (values.root !== undefined) {
    for (const [layer, entries] of Object.entries(content)) writeTree(join(values.root, layer), entries)
    return
  }
  const { layers, entries, manifestDigest } = buildImage(architecture, content)
  const file = values.output ?? join(root, `build/image/metallb-${architecture}.tar`)
  const archive = writeTar(entries)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, archive)
  const report: Report = {
    name: imageName,
    architecture,
    file,
    digest: manifestDigest,
    bytes: archive.length,
    layers: layers.map(({ name, uncompressedBytes, compressed }) => ({
      name,
      uncompressedBytes,
      compressedBytes: compressed.length,
    })),
  }
  console.log(values.format === 'json' ? JSON.stringify(report) : formatReport(report))
}

function writeTree(directory: string, entries: readonly TarEntry[]): void {
  for (const entry of entries) {
    const path = join(directory, entry.path)
    mkdirSync(entry.kind === 'file' ? dirname(path) : path, { recursive: true })
    if (entry.kind === 'file') writeFileSync(path, entry.content)
    chmodSync(path, entry.mode)
  }
}

try {
  main()
} catch (error) {
  if (!(error instanceof ImageError)) throw error
  console.error(`image: ${error.message}`)
  process.exitCode = 1
}
