import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { mustRun, run } from './command.ts'
import { isAlive, start } from './processes.ts'
import { type ClaimedLab, claim, forget, readLab, readLabs } from './state.ts'
import { subnetOf } from './subnets.ts'
import { teardown, teardownOrphans } from './teardown.ts'

const mainScript = join(import.meta.dirname, 'main.ts')

describe('labs on disk', function () {
  this.timeout(60_000)
  const before = process.env['XDG_STATE_HOME']
  let stateHome: string
  beforeEach(() => {
    stateHome = mkdtempSync(join(tmpdir(), 'metallb-ts-state-'))
    process.env['XDG_STATE_HOME'] = stateHome
  })
  afterEach(() => {
    for (const lab of readLabs()) forget(lab)
    rmSync(stateHome, { recursive: true })
    if (before === undefined) delete process.env['XDG_STATE_HOME']
    else process.env['XDG_STATE_HOME'] = before
  })

  const claimed = (name?: string) => claim({ name, kind: 'fast', nodes: 1 })
  const rewrite = (lab: ClaimedLab, change: object) => {
    const file = join(lab.directory, 'lab.json')
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }))
  }
  const orphan = (lab: ClaimedLab) => rewrite(lab, { owner: { pid: process.pid, startTicks: 1 } })

  it('end without harm to the next lab of the same name', async () => {
    const first = await claimed('same')
    forget(first)
    const second = await claimed('same')
    forget(first)
    await teardown(first)
    expect(readLab('same')?.prefix).to.equal(second.prefix)
    expect(subnetOf(second.directory)).to.equal(second.index)
  })

  it('are not two of one name, also when they start at once', async () => {
    const outcomes = await Promise.allSettled([claimed('same'), claimed('same')])
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length.below(2)
    const error = outcomes.find((outcome) => outcome.status === 'rejected')?.reason
    expect(error.message).to.equal('there is a lab called same already; end it with: make lab-down NAME=same')
    expect(readLabs()).to.have.length.below(2)
  })

  it('are ended each for itself: one that cannot be is named, and is in nobody’s way', async () => {
    const [stuck, fine] = [await claimed('stuck'), await claimed('fine')]
    for (const lab of [stuck, fine]) orphan(lab)
    await mustRun(['mount', '--bind', stuck.directory, stuck.directory])
    await mustRun(['mount', '-o', 'remount,bind,ro', stuck.directory])
    try {
      const { ended, failures } = await teardownOrphans()
      expect(ended).to.deep.equal(['fine'])
      expect(failures).to.have.length(1)
      const down = await run([process.execPath, mainScript, 'down', 'nothing'])
      expect(down.code).to.equal(1)
      expect(down.stderr).to.match(new RegExp(`^lab stuck \\(${stuck.prefix}\\) is not ended: .*Read-only file system`))
    } finally {
      await mustRun(['umount', stuck.directory])
    }
    expect((await teardownOrphans()).ended).to.deep.equal(['stuck'])
  })

  it('of another boot are ended, but the processes that have their ids now are not', async () => {
    const lab = await claimed()
    const bystander = start(['sleep', '1000'], {
      log: { directory: stateHome, name: 'x' },
      journal: join(stateHome, 'y'),
    })
    appendFileSync(lab.journal, `${bystander.pid} ${bystander.startTicks}\n`)
    rewrite(lab, { bootId: 'another', owner: null })
    expect((await teardownOrphans()).ended).to.deep.equal([lab.name])
    expect(isAlive(bystander)).to.equal(true)
    await bystander.stop()
  })

  /** Claims on a machine that has only these addresses and routes; nothing of it stays. */
  async function claimBeside(...commands: string[]) {
    const program = `
      import { claim } from ${JSON.stringify(join(import.meta.dirname, 'state.ts'))}
      console.log((await claim({ kind: 'fast', nodes: 1 })).index)`
    const prepare = `ip link set lo up; ${commands.map((line) => `ip ${line} dev lo;`).join('')} mount -t tmpfs tmpfs /run; exec "$@"`
    const node = [process.execPath, '--input-type=module', '-e', program]
    return run(['unshare', '--net', '--mount', 'sh', '-ec', prepare, 'sh', ...node])
  }

  it('have networks that this machine is not on', async () => {
    expect(await claimBeside('addr add 172.30.1.9/23')).to.include({ stdout: '2\n', stderr: '' })
    expect(await claimBeside('addr add fd00:30::9/63')).to.include({ stdout: '2\n', stderr: '' })
  })

  it('have networks that this machine has no route to, but for its routes to everywhere', async () => {
    const everywhere = ['route add default', 'route add 128.0.0.0/1', '-6 route add default']
    expect(await claimBeside(...everywhere)).to.include({ stdout: '0\n', stderr: '' })
    expect(await claimBeside(...everywhere, 'route add 172.30.0.0/23')).to.include({ stdout: '2\n', stderr: '' })
  })

  it('leave nothing when all networks are taken', async () => {
    const { code, stderr } = await claimBeside('addr add 172.30.0.9/16')
    expect(code).to.equal(1)
    expect(stderr).to.contain('all 256 lab networks are taken')
    expect(readdirSync(join(stateHome, 'metallb-ts/labs'))).to.deep.equal([])
  })
})
