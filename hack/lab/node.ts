import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { hierarchies } from './cgroups.ts'
import { mustRun } from './command.ts'
import { createHost, type Host } from './host.ts'
import type { Foundation } from './lab.ts'
import { createMachine, enterMachine } from './machine.ts'
import { setCable } from './network.ts'
import {
  cniConfig,
  containerdConfig,
  kubeletConfig,
  kubeProxyConfig,
  masqueradeRules,
  type NodePlace,
  type ProxyMode,
} from './node-config.ts'
import { until } from './wait.ts'

export type NodeDaemon = 'containerd' | 'kubelet' | 'kube-proxy'

/** A node of the cluster. `exec` and `spawn` run in all its namespaces, like a root shell on it. */
export interface LabNode extends Host {
  /** What a daemon of the node has written so far. */
  log(daemon: NodeDaemon): string
  /** Cable and power go at once: nothing is said to anybody. The disk stays. */
  powerOff(): Promise<void>
  /** Resolves when the node is Ready again. */
  powerOn(): Promise<void>
  /** Puts an image (a tar) into the node's container runtime. */
  loadImage(tar: string): Promise<void>
  /** Resolves when the kubelet, as last switched on, has made the node Ready. */
  ready(): Promise<void>
}

export interface NodeTools extends Pick<Binaries, 'kubelet' | 'kube-proxy'> {
  readonly proxyMode: ProxyMode
  /** Whether the API server has the node as Ready, by word of its kubelet after the given time. */
  isReady(node: string, since: Date): Promise<boolean>
}

/** Where Debian's packages put them. */
const containerTools = { containerd: '/usr/bin/containerd', runc: '/usr/sbin/runc', cni: '/usr/lib/cni' } as const
const readyTimeoutMillis = 120_000
const containerdTimeoutMillis = 30_000

/** Makes the node's files and switches it on; `ready` tells when it is of use. */
export async function createNode(foundation: Foundation, number: number, tools: NodeTools): Promise<LabNode> {
  const { state, network } = foundation
  const name = `n${number}`
  const station = network.station(name)
  const daemons = prepare(foundation, number, tools)
  const machine = createMachine(state, station, daemons)
  const enter = (argv: readonly string[]) => enterMachine(machine.pid, argv)
  let switchedOn = new Date()
  const switchOn = () => {
    switchedOn = new Date()
    return machine.switchOn()
  }
  const ready = async () => {
    await until(`node ${name} Ready`, () => tools.isReady(name, switchedOn), { timeoutMillis: readyTimeoutMillis })
  }
  await switchOn()
  return {
    ...createHost(state, network, station, enter),
    log: (daemon) => readFileSync(join(state.directory, name, 'logs', `${daemon}.log`), 'utf8'),
    ready,
    loadImage: async (tar) => {
      const ctr = enter(['ctr', '--namespace=k8s.io'])
      await until('containerd', () => mustRun([...ctr, 'version']), { timeoutMillis: containerdTimeoutMillis })
      await mustRun([...ctr, 'images', 'import', tar])
    },
    powerOff: async () => {
      await setCable(network, station, 'down')
      await machine.switchOff()
    },
    powerOn: async () => {
      if (machine.isOn) return
      await setCable(network, station, 'up')
      await switchOn()
      await ready()
    },
  }
}

/** Writes what the node's daemons read; returns the environment of node-init.sh. */
function prepare({ state, network, credentials, lab }: Foundation, number: number, tools: NodeTools) {
  const { name, address } = network.station(`n${number}`)
  const directory = join(state.directory, name)
  const kubeconfig = join(directory, 'kubelet.kubeconfig')
  const proxyKubeconfig = join(directory, 'kube-proxy.kubeconfig')
  const podSubnet = lab.addresses.podSubnet(number)
  writeFiles({ name, directory, podSubnet, proxyKubeconfig, proxyMode: tools.proxyMode })
  credentials.writeKubeconfig(`system:node:${name}`, kubeconfig)
  credentials.writeKubeconfig('system:kube-proxy', proxyKubeconfig)
  const commands = {
    CONTAINERD: [containerTools.containerd, `--config=${directory}/containerd.toml`],
    KUBELET: [
      tools.kubelet,
      `--config=${directory}/kubelet.yaml`,
      `--kubeconfig=${kubeconfig}`,
      `--hostname-override=${name}`,
      `--node-ip=${address.v4},${address.v6}`,
    ],
    KUBE_PROXY: [tools['kube-proxy'], `--config=${directory}/kube-proxy.yaml`],
    CGROUPS: hierarchies(),
  }
  return Object.fromEntries(Object.entries(commands).map(([variable, words]) => [variable, words.join(' ')]))
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
