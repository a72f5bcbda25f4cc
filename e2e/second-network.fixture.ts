import { mustRun } from '../hack/lab/command.ts'
import type { FastLab } from '../hack/lab/fast.ts'

/** Every node and the client have an `eth1` in it. */
export interface SecondNetwork {
  /** Addresses for a Service, one of each family. */
  readonly vips: readonly string[]
  /** Of the nodes. */
  readonly macs: ReadonlyMap<string, string>
  /** Who answers the client there; undefined: nobody within a second. */
  macOf(address: string): Promise<string | undefined>
}

const bridge = 'br1'

export async function connectSecondNetwork(lab: FastLab): Promise<SecondNetwork> {
  const switchNetns = `${lab.name}-sw`
  await mustRun(['ip', '-n', switchNetns, 'link', 'add', bridge, 'type', 'bridge', 'mcast_snooping', '0'])
  await mustRun(['ip', '-n', switchNetns, 'link', 'set', bridge, 'up'])
  const macs = new Map<string, string>()
  for (const [index, { name, netns }] of [...lab.nodes, { ...lab.client, name: 'client' }].entries()) {
    const end = ['type', 'veth', 'peer', 'name', 'eth1', 'netns', netns]
    await mustRun(['ip', '-n', switchNetns, 'link', 'add', `second-${name}`, ...end])
    await mustRun(['ip', '-n', switchNetns, 'link', 'set', `second-${name}`, 'master', bridge, 'up'])
    const lines = [
      `addr add 10.77.0.${index + 1}/24 dev eth1`,
      'link set eth1 up',
      `addr add fd77::${index + 1}/64 dev eth1 nodad`,
    ]
    await mustRun(['ip', '-n', netns, '-batch', '-'], { input: lines.join('\n') })
    const [link] = JSON.parse(await mustRun(['ip', '-n', netns, '-j', 'link', 'show', 'eth1']))
    macs.set(name, link.address)
  }
  return {
    vips: ['10.77.0.200', 'fd77::200'],
    macs,
    async macOf(address) {
      const { stdout } = await lab.client.exec(['arping', '-I', 'eth1', '-b', '-f', '-w', '1', address])
      return /\[([0-9A-F:]{17})\]/i.exec(stdout)?.[1]?.toLowerCase()
    },
  }
}
