import { createLogger, type Logger } from '../logger.ts'

/** A logger that keeps its lines for the test to read. */
export function recordingLogger(): { log: Logger; messages: () => unknown[]; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  const output = { write: (line: string) => void lines.push(JSON.parse(line)) }
  return { log: createLogger({ level: 'all', output }), lines, messages: () => lines.map((line) => line['msg']) }
}
