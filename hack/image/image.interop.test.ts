import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { nodeCommand } from '../../cdk8s/runtime.ts'
import type { Report } from './report.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

const CAP_NET_RAW = 13
const EPERM = 1
const nobody = { uid: 65534, keep: [] }

// Everything read-only, as `readOnlyRootFilesystem: true` has it; the mounts end with the namespace.
const enter =
  'mount --rbind "$1" "$1" && mount -t proc proc "$1/proc" && mount -o remount,bind,ro "$1" && shift && exec "$@"'

// What the kernel lets this very process do, told by the process itself.
const openPacketSocket = `
  const { readFileSync, writeFileSync } = require('node:fs')
  const { Socket } = require('/app/rawnet.node')
  const [AF_PACKET, SOCK_RAW] = [17, 3]
  const attempt = (run) => { try { return run() } catch (error) { return error.code } }
  console.log(JSON.stringify({
    uid: process.getuid(),
    capabilities: /CapEff:\\s*(\\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1],
    socket: new Socket().open(AF_PACKET, SOCK_RAW, 0),
    write: attempt(() => writeFileSync('/tmp/x', '')),
  }))`

// undici, Node's fetch, costs 14 MB of memory as soon as something touches it.
const listModules = (bundle: string) => `
  process.argv = ['node', 'x', '--version']
  process.on('exit', () => console.log(process.moduleLoadList.filter((name) => name.includes('undici')).length))
  require('/app/${bundle}.cjs')`

describe('the image as a root file system', function () {
  this.timeout(180_000)
  let scratch: string
  let report: Report

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'metallb-image-'))
    await run(process.execPath, [join(root, 'hack/build.ts')])
    const archive = join(scratch, 'image.tar')
    const { stdout } = await run(process.execPath, [
      join(root, 'hack/image/main.ts'),
      '--output',
      archive,
      '-o',
      'json',
    ])
    report = JSON.parse(stdout) as Report
    await mkdir(join(scratch, 'layout'))
    await run('tar', ['-xf', archive, '-C', join(scratch, 'layout')])
    await unpackLayers()
  })
  after(() => rm(scratch, { recursive: true, force: true }))

  async function unpackLayers() {
    const readJson = async (path: string) => JSON.parse(await readFile(join(scratch, 'layout', path), 'utf8'))
    const blob = (digest: string) => join('blobs', digest.replace(':', '/'))
    const manifest = await readJson(blob((await readJson('index.json')).manifests[0].digest))
    await mkdir(join(scratch, 'root/proc'), { recursive: true })
    for (const { digest } of manifest.layers) {
      await run('tar', ['-xzpf', join(scratch, 'layout', blob(digest)), '-C', join(scratch, 'root')])
    }
  }

  /** Runs Node of the image in the image as this user with these capabilities and no others. */
  async function inImage(user: { uid: number; keep: readonly number[] }, node: readonly string[]) {
    const rootDirectory = join(scratch, 'root')
    const last = Number(await readFile('/proc/sys/kernel/cap_last_cap', 'utf8'))
    const drop = Array.from({ length: last + 1 }, (_, capability) => capability).filter(
      (one) => !user.keep.includes(one),
    )
    const limits = ['--no-new-privs', `--drop=${drop}`, `--gid=${user.uid}`, `--uid=${user.uid}`]
    const capsh = ['capsh', `--chroot=${rootDirectory}`, ...limits, `--shell=${node[0]}`, '--', ...node.slice(1)]
    return run('unshare', ['--mount', 'sh', '-c', enter, 'sh', rootDirectory, ...capsh], {
      env: { PATH: process.env['PATH'] },
    })
  }

  for (const bundle of ['controller', 'speaker', 'operator'] as const) {
    it(`runs the ${bundle} as nobody, without capabilities`, async () => {
      const { stdout, stderr } = await inImage(nobody, [...nodeCommand(bundle), '--version'])
      expect(stderr).to.equal('')
      expect(stdout).to.match(new RegExp(`^${bundle} \\d+\\.\\d+\\.\\d+ \\(commit [0-9a-f]{40}`))
    })
  }

  for (const bundle of ['controller', 'speaker', 'operator'] as const) {
    it(`loads nothing of Node's fetch with the ${bundle}`, async () => {
      const { stdout } = await inImage(nobody, ['/usr/bin/node', '-e', listModules(bundle)])
      expect(stdout.trim().split('\n').at(-1)).to.equal('0')
    })
  }

  it('makes a self-signed certificate', async () => {
    const [notBefore, notAfter] = ['2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z']
    const request = JSON.stringify({ kind: 'self-signed', host: 'controller', notBefore, notAfter })
    const { stdout } = await inImage(nobody, ['/usr/bin/node', '/app/self-signed.cjs', request])
    expect(JSON.parse(stdout).cert).to.match(/^-----BEGIN CERTIFICATE-----/)
  })

  it('opens a packet socket as root with nothing but NET_RAW', async () => {
    const { stdout } = await inImage({ uid: 0, keep: [CAP_NET_RAW] }, ['/usr/bin/node', '-e', openPacketSocket])
    const seen = JSON.parse(stdout)
    expect(seen).to.include({ uid: 0, capabilities: (1 << CAP_NET_RAW).toString(16).padStart(16, '0'), write: 'EROFS' })
    expect(seen.socket).to.be.at.least(0)
  })

  it('cannot open a packet socket as nobody', async () => {
    const { stdout } = await inImage(nobody, ['/usr/bin/node', '-e', openPacketSocket])
    expect(JSON.parse(stdout)).to.include({ uid: 65534, capabilities: '0000000000000000', socket: -EPERM })
  })

  it('is the same image when it is made again', async () => {
    const again = join(scratch, 'again.tar')
    const { stdout } = await run(process.execPath, [join(root, 'hack/image/main.ts'), '--output', again, '-o', 'json'])
    expect(JSON.parse(stdout).digest).to.equal(report.digest)
  })
})
