// Runs the measured process as it ships: one CommonJS bundle, our V8 flags, our malloc setting.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { nodeEnvironment, nodeFlags } from '../../cdk8s/runtime.ts'

export type Report =
  | { kind: 'synced'; syncMillis: number; objects: number[] }
  | { kind: 'done'; cpuMillis: number; residentMegabytes: number }

export interface Measured {
  syncMillis: number
  /** Services and EndpointSlices in its stores. */
  objects: number[]
  /** Spent on the changes. */
  cpuMillis: number
  residentMegabytes: number
}

export interface WatchedServer {
  url: string
  ca: string
  servername?: string
  token?: string
}

export interface Changes {
  count: number
  make(index: number): void
}

const timeoutMillis = 60_000
const millisBetweenChanges = 2

/** A process that syncs, sees the changes and ends. */
export async function watch(server: WatchedServer, changes?: Changes): Promise<Measured> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-kube-'))
  try {
    const program = join(directory, 'watching-process.cjs')
    const entryPoints = [join(import.meta.dirname, 'watching-process.ts')]
    await build({ entryPoints, outfile: program, bundle: true, platform: 'node', format: 'cjs', minifySyntax: true })
    return await run(program, server, changes)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function run(program: string, server: WatchedServer, changes?: Changes): Promise<Measured> {
  const env = {
    ...nodeEnvironment,
    API_URL: server.url,
    API_CA: server.ca,
    API_SERVERNAME: server.servername,
    API_TOKEN: server.token,
    CHANGES: String(changes?.count ?? 0),
  }
  const argv = [...nodeFlags.speaker, program]
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: timeoutMillis })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const measured: Partial<Measured> = {}
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { kind, ...values } = JSON.parse(line) as Report
      Object.assign(measured, values)
      if (kind === 'synced' && changes) await make(changes)
    }
    const code = await exited
    if (code !== 0) throw new Error(`the measured process ended with ${code}`)
    return measured as Measured
  } finally {
    child.kill()
  }
}

async function make({ count, make: makeOne }: Changes): Promise<void> {
  for (let index = 0; index < count; index++) {
    makeOne(index)
    await new Promise((resolve) => setTimeout(resolve, millisBetweenChanges))
  }
}
