import { join } from 'node:path'
import { addressesOf, type LabAddresses } from './addresses.ts'
import { type CommandOptions, mustRun } from './command.ts'
import { apiServerUrl } from './control-plane.ts'
import { type Credentials, createCredentials } from './credentials.ts'
import { createHost, type Host } from './host.ts'
import { buildNetwork, type LabNetwork } from './network.ts'
import { startReaper } from './reaper.ts'
import {
  type ClaimedLab,
  claim,
  disown,
  kubeconfigOf,
  type LabRecord,
  type LabState,
  requireLabPlace,
} from './state.ts'
import { teardown, teardownOrphans } from './teardown.ts'

export interface LabOptions {
  readonly nodes: number
  /** Default: random. */
  readonly name?: string
  /** The lab outlives this process, until `stop` or `make lab-down`. Default: it ends with us, however we end. */
  readonly keep?: boolean
  /** Told what is done, a line per step. */
  readonly log?: (line: string) => void
}

/** What the fast lab and the whole cluster have in common. */
export interface Lab {
  readonly name: string
  readonly addresses: LabAddresses
  /** The path of the administrator's kubeconfig; it works on this machine and in every namespace of the lab. */
  readonly kubeconfig: string
  /** Outside the cluster, on the same LAN. */
  readonly client: Host
  readonly router: Host
  kubectl(argv: readonly string[], options?: CommandOptions): Promise<string>
  /** From now on the lab outlives this process, until somebody ends it by its name. */
  keep(): void
  /** Guarantees: nothing is left. Safe to call twice. */
  stop(): Promise<void>
}

export interface Foundation {
  readonly lab: Lab
  readonly state: LabState
  readonly network: LabNetwork
  readonly credentials: Credentials
  readonly log: (line: string) => void
}

export const nodeNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `n${i + 1}`)

/** Asked before anything is built or made. */
export function requirePossible({ name }: Partial<LabOptions>): void {
  if (process.getuid?.() !== 0) throw new Error('a lab makes network namespaces, which needs root')
  requireLabPlace(name)
}

interface Plan extends LabOptions {
  readonly kind: LabRecord['kind']
  /** The path of the program. */
  readonly kubectl: string
}

/**
 * Lays the foundation (state, network, credentials), lets `build` stand a lab on it, and returns both as one.
 * Guarantees: when anything fails, nothing is left; when this process ends early, the reaper cleans up.
 */
export async function startLab<T extends object>(
  plan: Plan,
  build: (foundation: Foundation) => Promise<T>,
): Promise<Lab & T> {
  const { log = console.error } = plan
  for (const failure of (await teardownOrphans()).failures) log(failure)
  const state = await claim(plan)
  const reaper = startReaper(state)
  const keep = () => {
    disown(state)
    reaper.dismiss()
  }
  const stop = async () => {
    await teardown(state)
    reaper.dismiss()
  }
  try {
    const foundation = await layFoundation(state, plan, { keep, stop })
    const lab = { ...foundation.lab, ...(await build(foundation)) }
    if (plan.keep) lab.keep()
    return lab
  } catch (error) {
    await stop()
    throw error
  }
}

async function layFoundation(state: ClaimedLab, plan: Plan, ends: Pick<Lab, 'keep' | 'stop'>): Promise<Foundation> {
  const { kubectl, log = () => {} } = plan
  const names = nodeNames(state.nodes)
  const addresses = addressesOf(state.index)
  const network = await buildNetwork(state.prefix, names, addresses)
  log(`network ${addresses.subnet.v4} and ${addresses.subnet.v6}`)
  const credentials = createCredentials(join(state.directory, 'control-plane'), apiServerUrl(addresses), names)
  const kubeconfig = kubeconfigOf(state)
  credentials.writeKubeconfig('admin', kubeconfig)
  const lab: Lab = {
    name: state.name,
    addresses,
    kubeconfig,
    client: createHost(state, network, network.station('client')),
    router: createHost(state, network, network.station('router')),
    kubectl: (argv, options) => mustRun([kubectl, `--kubeconfig=${kubeconfig}`, ...argv], options),
    ...ends,
  }
  return { lab, state, network, credentials, log }
}

/** Machines count from 1. */
export function numbered<T>(machines: readonly T[], number: number): T {
  const machine = machines[number - 1]
  if (machine === undefined) throw new RangeError(`the lab has ${machines.length} nodes, not a node ${number}`)
  return machine
}
