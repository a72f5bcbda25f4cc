import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

describe('hack/rawnet.ts', () => {
  let directory: string
  let output: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rawnet-'))
    output = join(directory, 'deeper', 'rawnet.node')
  })

  afterEach(() => rmSync(directory, { recursive: true }))

  function build(args: readonly string[] = [], env: NodeJS.ProcessEnv = process.env) {
    const script = join(import.meta.dirname, 'rawnet.ts')
    return spawnSync(process.execPath, [script, '--output', output, ...args], { encoding: 'utf8', env })
  }

  it('builds the addon, and only when its source is newer', function () {
    const { status, stderr } = build()
    if (stderr.includes('the compiler cc is missing')) this.skip()
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' })
    const { mtimeMs } = statSync(output)
    expect(build().status).to.equal(0)
    expect(statSync(output).mtimeMs).to.equal(mtimeMs)
    expect(readdirSync(join(directory, 'deeper'))).to.deep.equal(['rawnet.node'])
  })

  it('says which package has the compiler when there is none', () => {
    const { status, stderr } = build([], { PATH: directory })
    expect(status).to.equal(1)
    expect(stderr).to.equal('rawnet: the compiler cc is missing; on Debian: apt-get install gcc libc6-dev\n')
    expect(existsSync(output)).to.equal(false)
  })

  it('says so for the cross compiler too', () => {
    const other = process.arch === 'x64' ? 'arm64' : 'x64'
    const { status, stderr } = build(['--arch', other], { PATH: directory })
    expect(status).to.equal(1)
    expect(stderr).to.match(
      /^rawnet: the compiler (aarch64|x86_64)-linux-gnu-gcc is missing; .*gcc-(aarch64|x86-64)-linux-gnu/,
    )
  })

  it('builds for the other architecture where its compiler is installed', function () {
    const [other, machine] = process.arch === 'x64' ? ['arm64', 183] : ['x64', 62] // e_machine: EM_AARCH64, EM_X86_64
    const { status, stderr } = build(['--arch', other as string])
    if (stderr.includes('is missing')) this.skip()
    expect(status).to.equal(0)
    const machineOffset = 18 // ELF header
    expect(readFileSync(output).readUInt16LE(machineOffset)).to.equal(machine)
  })

  it('refuses an architecture that it does not know', () => {
    const { status, stderr } = build(['--arch', 'mips'])
    expect(status).to.equal(1)
    expect(stderr).to.equal('rawnet: rawnet is built for x64 and arm64 only\n')
  })
})
