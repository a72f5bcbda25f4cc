import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { watchSecretFile } from './secret-file.ts'

describe('the file of the secret', () => {
  let directory: string
  let timers: SinonFakeTimers
  let changes: number
  let errors: Error[]
  let watched: ReturnType<typeof watchSecretFile> | undefined

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'secret-'))
    timers = useFakeTimers()
    changes = 0
    errors = []
  })
  afterEach(() => {
    watched?.close()
    timers.restore()
    rmSync(directory, { recursive: true })
  })

  const write = (text: string) => writeFileSync(join(directory, 'secretkey'), text)
  const inForce = () => Buffer.from(watched!.secrets.newest.text).toString()

  function watch(from = directory): void {
    watched = watchSecretFile({
      directory: from,
      clock: {
        now: () => Date.now(),
        setTimeout: (run, millis) => setTimeout(run, millis),
        clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
      },
      onChange: () => changes++,
      onError: (error) => errors.push(error),
    })
  }

  it('is read at the start, and again when it has changed', () => {
    write('old')
    watch()
    timers.tick(60_000)
    expect([inForce(), changes]).to.deep.equal(['old', 0])
    write('new')
    timers.tick(10_000)
    expect([inForce(), changes]).to.deep.equal(['new', 1])
  })

  it('may be away for a while', () => {
    write('old')
    watch()
    rmSync(join(directory, 'secretkey'))
    timers.tick(20_000)
    expect([inForce(), errors.length]).to.deep.equal(['old', 2])
    write('new')
    timers.tick(10_000)
    expect(inForce()).to.equal('new')
  })

  it('has to be there at the start', () => {
    expect(() => watch()).to.throw('ENOENT')
  })

  it('is not looked for without a directory: the secret is empty then', () => {
    watch('')
    expect(inForce()).to.equal('')
    expect(timers.countTimers()).to.equal(0)
  })
})
