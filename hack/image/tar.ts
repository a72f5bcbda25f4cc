/** What a tar archive holds. Paths are relative, without a leading slash. */
export type TarEntry =
  | { kind: 'file'; path: string; mode: number; content: Uint8Array }
  | { kind: 'directory'; path: string; mode: number }

const blockBytes = 512
const maxPathBytes = 100

/**
 * One ustar archive (POSIX.1-1988). Guarantees: the same entries give the same bytes, whatever their order: sorted by path,
 * owner root, time 0; missing parent directories are added.
 */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const sorted = [...withParents(entries).values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  const blocks = sorted.flatMap((entry) => [header(entry), ...body(entry)])
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)])
}

function withParents(entries: readonly TarEntry[]): Map<string, TarEntry> {
  const all = new Map<string, TarEntry>()
  for (const entry of entries) {
    const parts = entry.path.split('/').slice(0, -1)
    for (let depth = 1; depth <= parts.length; depth++) {
      const path = parts.slice(0, depth).join('/')
      if (!all.has(path)) all.set(path, { kind: 'directory', path, mode: 0o755 })
    }
    all.set(entry.path, entry)
  }
  return all
}

function header(entry: TarEntry): Buffer {
  const isFile = entry.kind === 'file'
  const path = isFile ? entry.path : `${entry.path}/`
  if (Buffer.byteLength(path) > maxPathBytes) throw new Error(`path is too long for a ustar header: ${path}`)
  const block = Buffer.alloc(blockBytes)
  block.write(path, 0)
  block.write(octal(entry.mode, 7), 100)
  block.write(octal(0, 7), 108) // owner
  block.write(octal(0, 7), 116) // group
  block.write(octal(isFile ? entry.content.length : 0, 11), 124)
  block.write(octal(0, 11), 136) // time
  block.fill(' ', 148, 156) // the checksum counts as blanks while it is computed
  block.write(isFile ? '0' : '5', 156)
  block.write('ustar\x0000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\0 `, 148)
  return block
}

function body(entry: TarEntry): Uint8Array[] {
  if (entry.kind === 'directory') return []
  const padding = (blockBytes - (entry.content.length % blockBytes)) % blockBytes
  return [entry.content, Buffer.alloc(padding)]
}

const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
