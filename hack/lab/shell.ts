import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireBinaries } from './binaries.ts'
import { nodeNames } from './lab.ts'
import { enterMachine, readMachinePid } from './machine.ts'
import { inNetns } from './network.ts'
import { kubeconfigOf, type LabState } from './state.ts'

/** An interactive bash with the lab's surroundings; elsewhere than on a terminal it prints them. Returns its status. */
export async function openShell(lab: LabState): Promise<number> {
  const { kubectl } = await requireBinaries(['kubectl'])
  const surroundings = script(lab, kubectl)
  if (!process.stdin.isTTY) {
    process.stdout.write(surroundings)
    return 0
  }
  const file = join(lab.directory, 'shell.rc')
  writeFileSync(file, `[ -f ~/.bashrc ] && . ~/.bashrc\n${surroundings}\nPS1='(${lab.name}) \\w \\$ '\n`)
  console.log(`KUBECONFIG is set. On a machine: ${machines(lab).join(' | ')} COMMAND`)
  const child = spawn('bash', ['--rcfile', file, '-i'], { stdio: 'inherit' })
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
}

const machines = (lab: LabState) => ['client', 'router', ...nodeNames(lab.nodes)]

/** KUBECONFIG, and a shell function per machine that runs its arguments there. */
function script(lab: LabState, kubectl: string): string {
  const functions = machines(lab).map((name) => `${name}() { ${entrance(lab, name)} "$@"; }`)
  return [`export KUBECONFIG='${kubeconfigOf(lab)}'`, `kubectl() { '${kubectl}' "$@"; }`, ...functions, ''].join('\n')
}

function entrance(lab: LabState, name: string): string {
  const isMachine = lab.kind === 'cluster' && /^n\d+$/.test(name)
  const argv = isMachine ? enterMachine(readMachinePid(lab, name), []) : inNetns(`${lab.prefix}-${name}`, [])
  return argv.join(' ')
}
