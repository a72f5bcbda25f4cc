import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { FastLab } from '../hack/lab/fast.ts'
import { inNetns, netnsPath } from '../hack/lab/network.ts'
import { killAll, type ProcessRecord, processesInNetworks, start } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'

/** A process of the control plane of a fast lab. */
export interface Component {
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  /** With the same flags and data. */
  start(): void
}

export function componentOf(lab: FastLab, name: 'etcd' | 'kube-apiserver'): Component {
  const netns = `${lab.name}-cp`
  let record = find(netns, name)
  const argv = argvOf(record)
  return {
    freeze: () => process.kill(record.pid, 'SIGSTOP'),
    thaw: () => process.kill(record.pid, 'SIGCONT'),
    kill: () => killAll([record]),
    start() {
      const directory = join(lab.kubeconfig, '..')
      record = start(inNetns(netns, argv), {
        log: { directory, name: `${name}-again` },
        journal: join(directory, `${name}-again.journal`),
      })
    },
  }
}

export async function apiServerAnswers(lab: FastLab): Promise<void> {
  await until('the API server answers', () => lab.kubectl(['get', '--raw=/readyz'], { timeoutMillis: 5000 }), {
    timeoutMillis: 40_000,
  })
}

function find(netns: string, name: string): ProcessRecord {
  const inside = processesInNetworks(new Set([statSync(netnsPath(netns)).ino]))
  const found = inside.find((record) => argvOf(record)[0]?.endsWith(`/${name}`))
  if (found === undefined) throw new Error(`no ${name} in ${netns}`)
  return found
}

const argvOf = ({ pid }: ProcessRecord): string[] =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
