/** `node hack/lab/main.ts up|down|status|shell`: labs that outlive a command; see README.md. */
import { parseArgs } from 'node:util'
import { Cluster } from './cluster.ts'
import { FastLab } from './fast.ts'
import { openShell } from './shell.ts'
import { isOrphan, type LabState, readLab, readLabs } from './state.ts'
import { statusTable } from './status.ts'
import { teardownAll, teardownOrphans } from './teardown.ts'

const usage = `usage: main.ts up [NAME] [--nodes N] [--fast]   start a lab that stays (default name: lab)
       main.ts down [NAME] [--all]              end it, and what killed runs left; --all: every lab
       main.ts status                           list the labs
       main.ts shell [NAME]                     a shell in it; not on a terminal: print its environment
       main.ts --help                           print this`

interface Arguments {
  readonly name: string
  readonly nodes: number | undefined
  readonly fast: boolean
  readonly all: boolean
}

const verbs: Readonly<Record<string, (given: Arguments) => Promise<void>>> = {
  async up({ name, nodes, fast }) {
    const begin = performance.now()
    const options = { name, keep: true, log: console.log, ...(nodes ? { nodes } : {}) }
    const lab = await (fast ? FastLab : Cluster).start(options)
    console.log(`lab ${name} is up in ${((performance.now() - begin) / 1000).toFixed(1)} s: ${lab.kubeconfig}`)
  },

  async down({ name, all }) {
    const orphans = await teardownOrphans()
    const wanted = readLabs().filter((lab) => !isOrphan(lab) && (all || lab.name === name || lab.prefix === name))
    const others = await teardownAll(wanted)
    report([...orphans.ended, ...others.ended], [...orphans.failures, ...others.failures], name)
  },

  async status() {
    console.log(statusTable(readLabs()))
  },

  async shell({ name }) {
    process.exitCode = await openShell(existing(name))
  },
}

function report(ended: readonly string[], failures: readonly string[], name: string): void {
  if (ended.length > 0) console.log(`ended: ${ended.join(', ')}`)
  else if (failures.length === 0) console.log(`there is no lab called ${name}`)
  for (const failure of failures) console.error(failure)
  if (failures.length > 0) process.exitCode = 1
}

function existing(name: string): LabState {
  const lab = readLab(name)
  if (lab) return lab
  const others = readLabs().map((each) => each.name)
  const remedy =
    others.length > 0 ? `the labs: ${others.join(', ')}` : `start one: make ${name === 'demo' ? 'demo' : 'lab-up'}`
  throw new Error(`there is no lab called ${name}; ${remedy}`)
}

const mostNodes = 80

function nodeCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= mostNodes) return count
  throw new Error(`"${text}" is not a number of nodes: give 1 to ${mostNodes}`)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      nodes: { type: 'string' },
      fast: { type: 'boolean' },
      all: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  const [verb = '', name = 'lab'] = positionals
  const { nodes, fast = false, all = false } = values
  const act = verbs[verb]
  if (!act) throw new Error(usage)
  await act({ name, nodes: nodes === undefined ? undefined : nodeCount(nodes), fast, all })
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
