import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheRoot } from './binaries.ts'
import { mustRun } from './command.ts'
import { imageTar } from './oci.ts'

export const sandboxImage = 'lab.local/pause:1'
/** Serves a page on port 8080 that says which pod on which node was asked by whom. */
export const webImage = 'lab.local/web:1'

const programs = { pause: sandboxImage, web: webImage } as const
const sources = join(import.meta.dirname, 'images')
const compilerFlags = ['-static', '-s', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread']

/** The lab's own images as tars; compiled when their source is new to the cache. */
export function labImages(): Promise<string[]> {
  const names = Object.keys(programs) as (keyof typeof programs)[]
  return Promise.all(names.map((name) => cached(name)))
}

async function cached(program: keyof typeof programs): Promise<string> {
  const source = readFileSync(join(sources, `${program}.c`))
  const key = createHash('sha256').update(source).update(compilerFlags.join()).update(process.arch).digest('hex')
  const directory = join(cacheRoot(), 'images')
  const tar = join(directory, `${program}-${key.slice(0, 12)}.tar`)
  if (existsSync(tar)) return tar
  mkdirSync(directory, { recursive: true })
  const draft = mkdtempSync(join(directory, '.draft-'))
  try {
    await mustRun(['cc', ...compilerFlags, '-o', join(draft, program), join(sources, `${program}.c`)])
    const files = { [program]: readFileSync(join(draft, program)) }
    writeFileSync(join(draft, 'tar'), imageTar({ name: programs[program], files, entrypoint: [`/${program}`] }))
    renameSync(join(draft, 'tar'), tar)
  } finally {
    rmSync(draft, { recursive: true })
  }
  return tar
}

/** The project's own image as `make image` leaves it; none when it is not built. */
export function ourImages(): string[] {
  const tar = join(
    import.meta.dirname,
    `../../build/image/metallb-${process.arch === 'x64' ? 'amd64' : process.arch}.tar`,
  )
  return existsSync(tar) ? [tar] : []
}
