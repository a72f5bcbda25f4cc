/**
 * `node hack/test/main.ts check|all`: runs the stages, goes on after a failure, and ends with the line
 * `N passed, N failed, N skipped`. Exit status 1 when anything failed.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { type Stage, stages } from './stages.ts'

interface Totals {
  passed: number
  failed: number
  skipped: number
}

const isRoot = process.getuid?.() === 0
let interrupted = false
const scratch = mkdtempSync(join(tmpdir(), 'metallb-ts-test-'))
const totalsFile = join(scratch, 'totals.json')

const graceMillis = 20_000
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The group of a stage that has ended is gone. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Ends the whole process group at the limit or when we are told to end, so that nothing a stage started outlives it. */
function run(stage: Stage, extra: string[] = []): Promise<number> {
  const child = spawn(process.execPath, [...stage.command, ...extra], {
    stdio: 'inherit',
    detached: true,
    env: {
      ...process.env,
      ...stage.environment,
      TEST_TOTALS: totalsFile,
      ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
    },
  })
  const { pid } = child
  if (pid === undefined) return Promise.resolve(127)
  const timers: NodeJS.Timeout[] = []
  const end = (signal: NodeJS.Signals) => {
    signalGroup(pid, signal)
    timers.push(setTimeout(signalGroup, graceMillis, pid, 'SIGKILL'))
  }
  const told = (signal: NodeJS.Signals) => {
    interrupted = true
    end(signal)
  }
  for (const signal of endingSignals) process.on(signal, told)
  const limit = setTimeout(() => {
    console.error(`${stage.name}: over its limit of ${stage.timeLimitMinutes} minutes, ended`)
    end('SIGTERM')
  }, stage.timeLimitMinutes * 60_000)
  timers.push(limit)
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      for (const timer of timers) clearTimeout(timer)
      for (const signal of endingSignals) process.off(signal, told)
      resolve(code ?? 1)
    })
  })
}

function readTotals(): Totals | undefined {
  try {
    return JSON.parse(readFileSync(totalsFile, 'utf8'))
  } catch {
    return undefined
  } finally {
    rmSync(totalsFile, { force: true })
  }
}

async function measure(stage: Stage): Promise<Totals> {
  const skip = stage.needsRoot && !isRoot
  if (skip) console.log(`skipped: ${stage.name} needs root (network namespaces): run as root to include it`)
  if (skip && stage.counted !== 'by mocha') return { passed: 0, failed: 0, skipped: 1 }
  const code = await run(stage, skip ? ['--dry-run', '--reporter', 'hack/test/reporter.cjs'] : [])
  if (stage.counted === 'as one') return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
  const totals = readTotals()
  if (totals === undefined) return { passed: 0, failed: 1, skipped: 0 }
  if (skip) return { passed: 0, failed: 0, skipped: totals.passed + totals.skipped }
  return code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals
}

async function main(which: string | undefined): Promise<number> {
  if (which !== 'check' && which !== 'all') {
    console.error('usage: node hack/test/main.ts check|all')
    return 2
  }
  const rows: { name: string; seconds: number; totals: Totals }[] = []
  for (const stage of stages.filter(({ check }) => check || which === 'all')) {
    console.log(styleText('bold', `== ${stage.name}`))
    const begin = performance.now()
    const totals = await measure(stage)
    rows.push({ name: stage.name, seconds: (performance.now() - begin) / 1000, totals })
    if (interrupted) break
  }
  console.log(styleText('bold', '== summary'))
  for (const { name, seconds, totals } of rows) {
    const verdict = totals.failed > 0 ? styleText('red', 'FAILED') : 'ok'
    console.log(
      `${name.padEnd(10)} ${seconds.toFixed(1).padStart(7)} s  ${String(totals.passed).padStart(5)} passed  ${verdict}`,
    )
  }
  const sum = (key: keyof Totals) => rows.reduce((total, row) => total + row.totals[key], 0)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
  return sum('failed') === 0 && !interrupted ? 0 : 1
}

process.exitCode = await main(process.argv[2])
rmSync(scratch, { recursive: true, force: true })
