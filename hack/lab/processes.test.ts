import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { identify, isAlive, killAll, readJournal, start } from './processes.ts'
import { until } from './wait.ts'

describe('recorded processes', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'metallb-ts-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const journal = () => join(directory, 'journal')
  const launch = (...argv: string[]) => start(argv, { log: { directory, name: 'program' }, journal: journal() })

  it('are in the journal from their start, and end when somebody who reads it kills them', async () => {
    const sleeper = launch('sleep', '1000')
    const records = readJournal(journal())
    expect(records).to.deep.equal([{ pid: sleeper.pid, startTicks: sleeper.startTicks }])
    expect(records.every(isAlive)).to.equal(true)
    await killAll(records)
    expect(await sleeper.exited).to.deep.equal({ code: null, signal: 'SIGKILL' })
  })

  it('are told apart from a later process with the same id', async () => {
    const sleeper = launch('sleep', '1000')
    const earlier = { pid: sleeper.pid, startTicks: sleeper.startTicks - 1 }
    expect(isAlive(earlier)).to.equal(false)
    await killAll([earlier])
    expect(isAlive(sleeper)).to.equal(true)
    await sleeper.stop()
  })

  it('are killed when they ignore the request to stop', async () => {
    const stubborn = launch('sh', '-c', 'trap "" TERM; echo deaf; while :; do sleep 0.05; done')
    await until('its trap', () => stubborn.output() === 'deaf\n')
    expect(await stubborn.stop({ graceMillis: 50 })).to.deep.equal({ code: null, signal: 'SIGKILL' })
  })

  it('write to a file of their own each', async () => {
    const [first, second] = [launch('echo', 'one'), launch('echo', 'two')]
    await Promise.all([first.exited, second.exited])
    expect([first.output(), second.output()]).to.deep.equal(['one\n', 'two\n'])
  })

  it('whose program does not exist reject', async () => {
    const failed = await Promise.resolve()
      .then(() => launch('/no/such/program').exited)
      .catch((error: Error) => error.message)
    expect(failed).to.contain('/no/such/program')
  })

  it('are dead once they are zombies', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 1000']) // nobody waits for the first sleep
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))))
    await until('a zombie', () => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '))
    expect(identify(pid)).to.equal(undefined)
    parent.kill('SIGKILL')
  })
})
