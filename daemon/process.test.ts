import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'

const program = join(import.meta.dirname, 'testing/sample-daemon.ts')
const quiet = ['--port=0', '--health-probe-port=0']

type Line = Record<string, unknown>

describe('a daemon as a process', () => {
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  function start(misbehaviour: string, ...flags: string[]) {
    const env = { ...process.env, SAMPLE: misbehaviour }
    const child = spawn(process.execPath, [program, ...quiet, ...flags], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const lines: Line[] = []
    const output = createInterface({ input: child.stdout! }).on('line', (line) => lines.push(JSON.parse(line)))
    const said = async (message: string) => {
      while (!lines.some((line) => line['msg'] === message))
        await once(output, 'line', { signal: AbortSignal.timeout(10_000) })
    }
    const ended = Promise.all([once(child, 'exit'), once(output, 'close')]).then(([[code]]) => code as number)
    return { child, lines, said, ended }
  }

  it('ends with 0 on SIGTERM, and its last line is written', async () => {
    const { child, lines, said, ended } = start('')
    await said('ready')
    child.kill('SIGTERM')
    expect(await ended).to.equal(0)
    expect(lines.map((line) => line['msg'])).to.deep.equal(['starting', 'ready', 'stopping', 'stopped'])
  })

  it('ends with 1 when the stop takes longer than its budget', async () => {
    const { child, lines, said, ended } = start('hangs')
    await said('ready')
    child.kill('SIGTERM')
    expect(await ended).to.equal(1)
    expect(lines.at(-1)).to.include({ msg: 'stop took too long', error: 'not done after 300 ms' })
  })

  it('ends at once on the second signal', async () => {
    const { child, lines, said, ended } = start('hangs')
    await said('ready')
    child.kill('SIGTERM')
    await said('stopping')
    child.kill('SIGINT')
    expect(await ended).to.equal(1)
    expect(lines.at(-1)).to.include({ msg: 'stopped at once', error: 'second signal SIGINT' })
  })

  for (const [misbehaviour, message] of [
    ['throws', /JSON at position 1/],
    ['rejects', /nobody waits for this/],
  ] as const) {
    it(`logs the stack and ends with 1 when its code ${misbehaviour}`, async () => {
      const { lines, ended } = start(misbehaviour)
      expect(await ended).to.equal(1)
      expect(lines.at(-1)).to.include({ level: 'error', msg: 'uncaught error' })
      expect(lines.at(-1)?.['error']).to.match(message)
      expect(lines.at(-1)?.['stack']).to.include('sample-daemon.ts')
    })
  }

  it('does not start when the address for profiles is taken, and names the flag', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const { lines, ended } = start('', `--pprof-bind-address=127.0.0.1:${port}`)
    expect(await ended).to.equal(1)
    expect(lines.at(-1)?.['error']).to.match(/--pprof-bind-address.*EADDRINUSE/)
    taken.close()
  })
})
