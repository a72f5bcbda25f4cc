import { expect } from 'chai'
import { describeError } from './describe-error.ts'
import { createLogger, type LogLevel, logLevels } from './logger.ts'

function record(level: LogLevel) {
  const lines: Record<string, unknown>[] = []
  const output = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const clock = { wallTime: () => new Date('2026-01-02T03:04:05.678Z') }
  return { lines, log: createLogger({ level, component: 'speaker', output, clock }) }
}

describe('createLogger', () => {
  it("writes MetalLB's keys, one object per line", () => {
    const { lines, log } = record('info')
    log.info({ service: 'default/web' }, 'address given')
    expect(lines).to.deep.equal([
      {
        level: 'info',
        ts: '2026-01-02T03:04:05.678Z',
        caller: 'speaker',
        service: 'default/web',
        msg: 'address given',
      },
    ])
  })

  const expected: Record<LogLevel, string[]> = {
    all: ['trace', 'debug', 'info', 'warn', 'error'],
    debug: ['debug', 'info', 'warn', 'error'],
    info: ['info', 'warn', 'error'],
    warn: ['warn', 'error'],
    error: ['error'],
    none: [],
  }
  for (const level of logLevels) {
    it(`lets ${expected[level].join(', ') || 'nothing'} through at level ${level}`, () => {
      const { lines, log } = record(level)
      for (const severity of ['trace', 'debug', 'info', 'warn', 'error'] as const) log[severity]({}, 'x')
      expect(lines.map((line) => line['level'])).to.deep.equal(expected[level])
    })
  }

  it('writes an error as its messages down to the first cause', () => {
    const { lines, log } = record('info')
    log.error({ error: new Error('cannot list', { cause: new Error('connection refused') }) }, 'sync failed')
    expect(lines[0]).to.include({ error: 'cannot list: connection refused' })
  })

  it('puts the fields of a child on its lines', () => {
    const { lines, log } = record('info')
    log.child({ peer: '10.0.0.1' }).info({}, 'up')
    expect(lines[0]).to.include({ caller: 'speaker', peer: '10.0.0.1' })
  })
})

describe('describeError', () => {
  it('takes what is thrown, error or not', () => {
    expect(describeError('plain')).to.equal('plain')
    expect(describeError(new TypeError())).to.equal('TypeError')
  })

  it('ends on a cause that leads back to itself', () => {
    const error = new Error('loop')
    error.cause = error
    expect(describeError(error)).to.match(/^loop(: loop){7}$/)
  })
})
