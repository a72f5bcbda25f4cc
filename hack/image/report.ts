/** What `-o json` prints. */
export interface Report {
  name: string
  architecture: string
  file: string
  digest: string
  bytes: number
  layers: { name: string; uncompressedBytes: number; compressedBytes: number }[]
}

export function formatReport({ name, architecture, file, digest, bytes, layers }: Report): string {
  const rows = layers.map((layer) => row(layer.name, layer.uncompressedBytes, layer.compressedBytes))
  const total = layers.reduce((sum, layer) => sum + layer.uncompressedBytes, 0)
  return [
    `${name} (${architecture}) ${digest}`,
    'layer             MB    gzip',
    ...rows,
    row('all', total, bytes),
    file,
  ].join('\n')
}

const row = (name: string, bytes: number, compressedBytes: number) =>
  name.padEnd(12) + megabytes(bytes) + megabytes(compressedBytes)
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1).padStart(8)
