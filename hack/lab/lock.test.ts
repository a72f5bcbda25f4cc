import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { removeStaleLock, withLock } from './lock.ts'
import { bootId, identify } from './processes.ts'

describe('a lock', () => {
  const directory = mkdtempSync(join(tmpdir(), 'metallb-ts-'))
  const file = join(directory, 'lock')
  after(() => rmSync(directory, { recursive: true }))

  it('lets one in after the other, and says once who is waited for', async () => {
    const events: string[] = []
    const log = (line: string) => events.push(line)
    const { promise: opened, resolve: open } = Promise.withResolvers<void>()
    const first = withLock(file, log, async () => {
      await opened
      events.push('first')
    })
    const second = withLock(
      file,
      (line) => {
        log(line)
        open()
      },
      async () => events.push('second'),
    )
    await Promise.all([first, second])
    expect(events).to.deep.equal([`process ${process.pid} builds already: waiting for it`, 'first', 'second'])
  })

  it('of a living holder stays when somebody still thinks it is the dead one’s', () => {
    const lock = JSON.stringify({ ...identify(process.pid), bootId: bootId() })
    writeFileSync(file, lock)
    removeStaleLock(file)
    expect(readFileSync(file, 'utf8')).to.equal(lock)
    expect(readdirSync(directory)).to.deep.equal(['lock'])
    rmSync(file)
  })

  it('of a process before the last start of the machine counts for nothing', () => {
    writeFileSync(file, JSON.stringify({ ...identify(process.pid), bootId: 'another' }))
    removeStaleLock(file)
    expect(readdirSync(directory)).to.deep.equal([])
  })

  it('of a holder that ended counts for nothing', async () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, startTicks: 1, bootId: bootId() }))
    expect(
      await withLock(
        file,
        () => {},
        async () => 'in',
      ),
    ).to.equal('in')
  })

  it('is given back when the work fails', async () => {
    const failed = withLock(
      file,
      () => {},
      () => Promise.reject(new Error('no')),
    )
    expect(await failed.catch(({ message }: Error) => message)).to.equal('no')
    expect(existsSync(file)).to.equal(false)
  })
})
