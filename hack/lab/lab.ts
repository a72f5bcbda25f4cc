import { join } from 'node:path'
import { addressesOf, type LabAddresses } from './addresses.ts'
import { requireBinaries } from './binaries.ts'
import { type CommandOptions, mustRun } from './command.ts'
import { apiServerUrl } from './control-plane.ts'
import { type Credentials, createCredentials } from './credentials.ts'
import { createHost, type Host } from './host.ts'
import { buildNetwork, type LabNetwork } from './network.ts'
import { startReaper } from './reaper.ts'
import { claim, disown, type LabRecord, type LabState } from './state.ts'
import { teardown, teardownOrphans } from './teardown.ts'

export interface LabOptions {
  readonly nodes: number
  /** Default: random. */
  readonly name?: string
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
  /** The lab outlives this process, until `stop` or `make lab-down`. */
  detach(): void
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

/**
 * Lays the foundation (state, network, credentials), lets `build` stand a lab on it, and returns both as one.
 * Guarantees: when anything fails, nothing is left; when this process ends early, the reaper cleans up.
 */
export async function startLab<T extends object>(
  kind: LabRecord['kind'],
  { nodes, name, log = () => {} }: LabOptions,
  build: (foundation: Foundation) => Promise<T>,
): Promise<Lab & T> {
  const { kubectl } = await requireBinaries(['kubectl'], log)
  await teardownOrphans()
  const state = claim({ name, kind, nodes })
  const reaper = startReaper(state)
  const stop = async () => {
    reaper.dismiss()
    await teardown(state)
  }
  try {
    const addresses = addressesOf(state.index)
    const network = await buildNetwork(state.prefix, nodeNames(nodes), addresses)
    log(`network ${addresses.subnet.v4} and ${addresses.subnet.v6}`)
    const server = apiServerUrl(addresses)
    const credentials = createCredentials(join(state.directory, 'control-plane'), server, nodeNames(nodes))
    const kubeconfig = join(state.directory, 'kubeconfig')
    credentials.writeKubeconfig('admin', kubeconfig)
    const detach = () => {
      disown(state)
      reaper.dismiss()
    }
    const lab: Lab = {
      name: state.name,
      addresses,
      kubeconfig,
      client: createHost(state, network, network.station('client')),
      router: createHost(state, network, network.station('router')),
      kubectl: (argv, options) => mustRun([kubectl, `--kubeconfig=${kubeconfig}`, ...argv], options),
      detach,
      stop,
    }
    return { ...lab, ...(await build({ lab, state, network, credentials, log })) }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Machines count from 1. */
export function numbered<T>(machines: readonly T[], number: number): T {
  const machine = machines[number - 1]
  if (machine === undefined) throw new RangeError(`the lab has ${machines.length} nodes, not a node ${number}`)
  return machine
}
