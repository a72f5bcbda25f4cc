import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { createCgroups, hierarchies, removeCgroups } from './cgroups.ts'
import { mustRun } from './command.ts'
import { createHost, type Host } from './host.ts'
import type { Foundation } from './lab.ts'
import { inNetns, setCable } from './network.ts'
import {
  cniConfig,
  containerdConfig,
  kubeletConfig,
  kubeProxyConfig,
  masqueradeRules,
  type NodePlace,
  type ProxyMode,
} from './node-config.ts'
import { identify, isAlive, killAll, type ProcessRecord, start } from './processes.ts'
import type { LabState } from './state.ts'
import { until } from './wait.ts'

export type NodeDaemon = 'containerd' | 'kubelet' | 'kube-proxy'

/** A machine of the cluster. `exec` and `spawn` run in all its namespaces, like a root shell on it. */
export interface LabNode extends Host {
  /** What a daemon of the node has written so far. */
  log(daemon: NodeDaemon): string
  /** Cable and power go at once: nothing is said to anybody. The disk stays. */
  powerOff(): Promise<void>
  /** Resolves when the kubelet has said Ready again. */
  powerOn(): Promise<void>
  /** Puts an image (a tar) into the node's container runtime. */
  loadImage(tar: string): Promise<void>
  /** Resolves when the kubelet has said Ready since the node was last switched on. */
  ready(): Promise<void>
}

export interface NodeTools extends Pick<Binaries, 'kubelet' | 'kube-proxy'> {
  readonly proxyMode: ProxyMode
  /** Since when, as the API server knows it, has the node's Ready condition been true; undefined when it is not. */
  readyHeartbeat(node: string): Promise<Date | undefined>
}

/** Where Debian's packages put them. */
const containerTools = { containerd: '/usr/bin/containerd', runc: '/usr/sbin/runc', cni: '/usr/lib/cni' } as const
const readyTimeoutMillis = 120_000
const initScript = join(import.meta.dirname, 'node-init.sh')

/** Tells another process which one is a node's process 1. */
export const initPidFile = (lab: LabState, node: string): string => join(lab.directory, node, 'init.pid')

/** Joins the cgroups given before `--`, then becomes the program after it. */
const joinCgroups = 'until [ "$1" = -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"'

/** Makes the node's files and switches it on; `ready` tells when it is of use. */
export async function createNode(foundation: Foundation, number: number, tools: NodeTools): Promise<LabNode> {
  const { state, network, credentials, lab } = foundation
  const name = `n${number}`
  const station = network.station(name)
  const directory = join(state.directory, name)
  const kubeconfig = join(directory, 'kubelet.kubeconfig')
  const proxyKubeconfig = join(credentials.directory, 'kube-proxy.kubeconfig')
  const podSubnet = lab.addresses.podSubnet(number)
  writeFiles({ name, directory, podSubnet, proxyKubeconfig, proxyMode: tools.proxyMode })
  credentials.writeKubeconfig(`system:node:${name}`, kubeconfig)
  credentials.writeKubeconfig('system:kube-proxy', proxyKubeconfig)
  const { v4, v6 } = station.address
  const daemons = {
    CONTAINERD: `${containerTools.containerd} --config=${directory}/containerd.toml`,
    KUBELET: `${tools.kubelet} --config=${directory}/kubelet.yaml --kubeconfig=${kubeconfig} --hostname-override=${name} --node-ip=${v4},${v6}`,
    KUBE_PROXY: `${tools['kube-proxy']} --config=${directory}/kube-proxy.yaml`,
    CGROUPS: hierarchies().join(' '),
  }
  const cgroup = `${state.prefix}/${name}`
  let machine: Machine | undefined
  let switchedOn = new Date()

  const switchOn = async () => {
    switchedOn = new Date()
    const enterNetns = inNetns(station.netns, [...newNamespaces, 'sh', initScript, directory, name])
    const argv = ['sh', '-ec', joinCgroups, 'join', ...createCgroups(cgroup), '--', ...enterNetns]
    const log = { directory: join(state.directory, 'logs'), name: `${name}-init` }
    machine = await boot(argv, { log, journal: state.journal, env: { ...process.env, ...daemons } })
    writeFileSync(initPidFile(state, name), String(machine.init.pid))
  }
  const running = (): Machine => {
    if (!machine || !isAlive(machine.init)) throw new Error(`node ${name} is switched off`)
    return machine
  }
  const host = createHost(state, network, station, (argv) => enterNode(running().init.pid, argv))

  const ready = () =>
    until(`node ${name} Ready`, async () => ((await tools.readyHeartbeat(name)) ?? 0) >= switchedOn, {
      timeoutMillis: readyTimeoutMillis,
    }).then(() => {})

  await switchOn()
  return {
    ...host,
    log: (daemon) => readFileSync(join(directory, 'logs', `${daemon}.log`), 'utf8'),
    ready,
    loadImage: async (tar) => {
      const ctr = enterNode(running().init.pid, ['ctr', '--namespace=k8s.io'])
      await until('containerd', () => mustRun([...ctr, 'version']), { timeoutMillis: 30_000 })
      await mustRun([...ctr, 'images', 'import', tar])
    },
    powerOff: async () => {
      const { init, launcher } = running()
      await setCable(network, station, 'down')
      await killAll([init, launcher])
      await removeCgroups(cgroup) // the next kubelet would wait three seconds for each stale one
    },
    powerOn: async () => {
      if (machine && isAlive(machine.init)) return
      await setCable(network, station, 'up')
      await switchOn()
      await ready()
    },
  }
}

function writeFiles(place: NodePlace): void {
  const files: Record<string, string> = {
    'kubelet.yaml': kubeletConfig(place),
    'kube-proxy.yaml': kubeProxyConfig(place),
    'containerd.toml': containerdConfig(place, containerTools),
    'cni/10-lab.conflist': cniConfig(place),
    'masquerade.nft': masqueradeRules(),
    'resolv.conf': '',
  }
  mkdirSync(join(place.directory, 'cni'), { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(place.directory, name), content)
}

interface Machine {
  /** `unshare`, outside; when it dies, so does the node. */
  readonly launcher: ProcessRecord
  /** Process 1 inside; when it dies, the kernel ends the node's containers and drops its mounts. */
  readonly init: ProcessRecord
}

const newNamespaces = [
  'unshare',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child=KILL',
  '--uts',
  '--ipc',
  '--cgroup',
  '--propagation=private',
]

async function boot(argv: readonly string[], options: Parameters<typeof start>[1]): Promise<Machine> {
  const launcher = start(argv, options)
  const init = await until('process 1 of a node', () => {
    const [pid] = readFileSync(`/proc/${launcher.pid}/task/${launcher.pid}/children`, 'utf8').split(' ')
    return pid ? identify(Number(pid)) : undefined
  })
  return { launcher, init }
}

/** argv that runs a program in all namespaces of a node, given its process 1. */
export const enterNode = (pid: number, argv: readonly string[]): string[] => [
  'nsenter',
  `--target=${pid}`,
  '--net',
  '--mount',
  '--pid',
  '--uts',
  '--ipc',
  '--cgroup',
  '--',
  ...argv,
]
