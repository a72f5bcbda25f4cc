import { type DestinationStream, destination, type Logger as PinoLogger, pino } from 'pino'
import { type Clock, systemClock } from '../kube/clock.ts'
import { describeError } from './describe-error.ts'

export type Logger = PinoLogger

/** MetalLB's level names, from everything to nothing. */
export const logLevels = ['all', 'debug', 'info', 'warn', 'error', 'none'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LoggerOptions {
  level: LogLevel
  /** Appears as `caller` on every line. */
  component?: string
  /** Standard output by default. */
  output?: DestinationStream | undefined
  clock?: Pick<Clock, 'wallTime'>
}

/**
 * One JSON object per line in MetalLB's shape: `{"level":"info","ts":"2026-01-02T03:04:05.678Z","caller":"speaker","msg":...}`.
 * Guarantees: a line is written before the call returns, so the last words of a crash are never lost.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { component, output = destination({ dest: 1, sync: true }), clock = systemClock } = options
  return pino(
    {
      level: pinoLevels[options.level],
      base: component === undefined ? null : { caller: component },
      timestamp: () => `,"ts":"${clock.wallTime().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError, err: describeError },
    },
    output,
  )
}

const pinoLevels = { all: 'trace', debug: 'debug', info: 'info', warn: 'warn', error: 'error', none: 'silent' } as const
