import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { gapsMillis, moved, ownersAt, type Recording, ticksOf, unanswered } from '../bench/layer2/record.ts'
import { type Recorder, startRecorder } from '../bench/layer2/recorder.ts'
import type { FastLab, FastNode } from '../hack/lab/fast.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import { Installation } from './installation.fixture.ts'
import { namespace, object, pool, service } from './objects.fixture.ts'

/** What a client saw of the addresses of one family. */
export interface Seen {
  /** The longest that an address was not answered. */
  readonly gapMillis: number
  /** Questions that nobody answered. */
  readonly lost: number
  /** Questions that several answered, with several MACs. */
  readonly twice: number
  /** Addresses whose owner is another at the end. */
  readonly moved: number
  /** Whose MACs were told in the last answers, by the names of nodes. */
  readonly owners: readonly (string | undefined)[]
}

export interface SpeakerHow {
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Speakers with one secret understand each other. */
  readonly secret?: string
  /** Default: true. */
  readonly isReady?: boolean
}

export const families = ['v4', 'v6'] as const
export type Family = (typeof families)[number]

/** Longer than a busy machine takes for what is done within 200 or 600 ms on a quiet one: `make bench` has the budgets. */
export const takeoverMillis = 4000
/** Nothing was interrupted, but for what a busy machine does. */
export const noGapMillis = 300

export function expectUnmoved(seen: Readonly<Record<Family, Seen>>, gapMillis: number): void {
  for (const family of families) {
    expect(seen[family].moved, `moved, ${family}`).to.equal(0)
    expect(seen[family].gapMillis, `gap in ms, ${family}`).to.be.below(gapMillis)
  }
}

const intervalMillis = 20
/** Addresses of the pool that no Service has at the beginning. */
const spare = 4

/** Speakers with a member list on all nodes of a fast lab, and a client that asks for addresses of both families all the time. */
export class Speakers {
  readonly metallb: Installation
  readonly lab: FastLab
  readonly nodes: readonly string[]
  /** By family; those of a Service are at one place. */
  readonly addresses: Readonly<Record<Family, readonly string[]>>
  /** In the pool, and nobody's. */
  readonly spare: Readonly<Record<Family, readonly string[]>>
  readonly running = new Map<string, LabProcess>()
  readonly #secrets: string
  #recorders!: Readonly<Record<Family, Recorder>>

  /** All addresses are answered when it resolves. */
  static async start({ nodes, services }: { nodes: number; services: number }): Promise<Speakers> {
    const speakers = new Speakers(await Installation.start({ nodes }), services)
    try {
      await speakers.#begin()
    } catch (error) {
      await speakers.stop()
      throw error
    }
    return speakers
  }

  private constructor(metallb: Installation, services: number) {
    this.metallb = metallb
    this.lab = metallb.lab
    this.nodes = this.lab.nodes.map(({ name }) => name)
    this.#secrets = mkdtempSync(join(tmpdir(), 'secret-'))
    const { v4, v6 } = this.lab.addresses.vip(0)
    const [, v4Start = '', v4Last = ''] = /^(.*\.)(\d+)$/.exec(v4) ?? []
    const [, v6Start = '', v6Last = ''] = /^(.*:)([\da-f]+)$/.exec(v6) ?? []
    const indexes = Array.from({ length: services + spare }, (_, index) => index)
    const all = {
      v4: indexes.map((index) => `${v4Start}${Number(v4Last) + index}`),
      v6: indexes.map((index) => `${v6Start}${(Number.parseInt(v6Last, 16) + index).toString(16)}`),
    }
    this.addresses = { v4: all.v4.slice(0, services), v6: all.v6.slice(0, services) }
    this.spare = { v4: all.v4.slice(services), v6: all.v6.slice(services) }
  }

  async stop(): Promise<void> {
    if (this.#recorders !== undefined) for (const recorder of Object.values(this.#recorders)) await recorder.stop()
    await this.metallb.stop()
    rmSync(this.#secrets, { recursive: true })
  }

  node(name: string): FastNode {
    return this.lab.node(this.nodes.indexOf(name) + 1)
  }

  async run(
    name: string,
    { flags = [], env = {}, secret = 'a secret', isReady = true }: SpeakerHow = {},
  ): Promise<void> {
    const directory = join(this.#secrets, secret)
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'secretkey'), secret)
    const names = { METALLB_NODE_NAME: name, METALLB_POD_NAME: `speaker-${name}` }
    const own = { METALLB_ML_BIND_ADDR: this.node(name).address.v4, METALLB_ML_SECRET_KEY_PATH: directory }
    const how = { node: this.nodes.indexOf(name) + 1, flags, env: { ...names, ...own, ...env } }
    this.running.set(name, isReady ? await this.metallb.run('speaker', how) : await this.metallb.spawn('speaker', how))
  }

  async isReady(name: string): Promise<boolean> {
    return (await this.metallb.readiness('speaker', this.nodes.indexOf(name) + 1)).status === 200
  }

  async kill(name: string): Promise<void> {
    const speaker = this.running.get(name)!
    speaker.kill('SIGKILL')
    await speaker.exited
  }

  async restart(name: string, how: SpeakerHow = {}): Promise<void> {
    await this.running.get(name)!.stop()
    await this.run(name, how)
  }

  /** The node whose MAC the client gets for an address at a place. */
  async ownerOf(place: number, family: Family = 'v4'): Promise<string> {
    const { owners } = (await this.watch(() => pause(10 * intervalMillis)))[family]
    return owners[place]!
  }

  /** Asked without the recorders: the nodes that the client's kernel finds, having forgotten what it knew. */
  async ownersOf(addresses: readonly string[]): Promise<string[]> {
    const { client } = this.lab
    await client.exec(['ip', 'neigh', 'flush', 'dev', 'eth0'])
    return Promise.all(
      addresses.map((address) =>
        until(`${address} is found`, async () => {
          await client.exec(['bash', '-c', `echo > /dev/udp/${address}/9`])
          const { stdout } = await client.exec(['ip', 'neigh', 'show', address, 'dev', 'eth0'])
          return this.lab.nodes.find(({ mac }) => stdout.includes(`lladdr ${mac} `))?.name
        }),
      ),
    )
  }

  async areAt(name: string, addresses: readonly string[]): Promise<boolean> {
    return (await this.ownersOf(addresses)).every((owner) => owner === name)
  }

  /** Resolves when every address is answered. */
  async answered(): Promise<void> {
    for (const family of families) await this.#recorders[family].answered()
  }

  /** What the client saw while something happened. Begins when all addresses are answered. */
  async watch(event: () => Promise<unknown>): Promise<Record<Family, Seen>> {
    await this.answered()
    for (const family of families) await this.#recorders[family].end()
    await pause(10 * intervalMillis)
    for (const family of families) await this.#recorders[family].mark('event')
    await event()
    const [v4, v6] = [await this.#recorders.v4.end(), await this.#recorders.v6.end()]
    return { v4: this.#seen(v4), v6: this.#seen(v6) }
  }

  /** Resolves when the client's kernel has learnt from the neighbour itself that it is at this MAC. */
  async reachable(address: string, mac: string): Promise<void> {
    await until(
      `${address} REACHABLE at ${mac}`,
      async () => {
        await this.lab.client.exec(['bash', '-c', `echo > /dev/udp/${address}/9`])
        const { stdout } = await this.lab.client.exec(['ip', 'neigh', 'show', address, 'dev', 'eth0'])
        if (!stdout.includes(`lladdr ${mac} REACHABLE`)) throw new Error(stdout)
        return true
      },
      { timeoutMillis: 20_000 },
    )
  }

  async #begin(): Promise<void> {
    const { v4, v6 } = this.addresses
    const ranges = families.map((family) => `${this.addresses[family][0]}-${this.spare[family].at(-1)}`)
    await this.metallb.apply(pool('lan', { addresses: ranges }), object('L2Advertisement', 'lan', {}))
    await this.metallb.apply(...this.nodes.map(speakerPod))
    for (const name of this.nodes) await this.#setPodReady(name)
    await this.metallb.spawn('controller')
    await Promise.all(this.nodes.map((name) => this.run(name)))
    await this.metallb.apply(...v4.flatMap((address, place) => this.service(`web-${place}`, [address, v6[place]!])))
    await this.metallb.addressesOf(`web-${v4.length - 1}`)
    await this.#hastenNeighbours()
    const record = (first: string) => startRecorder(this.lab.client.netns, { first, count: v4.length, intervalMillis })
    this.#recorders = { v4: await record(v4[0]!), v6: await record(v6[0]!) }
    await this.answered()
  }

  /** With an endpoint on the first node; `addresses`: which it is to have. */
  service(name: string, addresses: readonly string[]): object[] {
    const metadata = { annotations: { 'metallb.io/loadBalancerIPs': addresses.join() } }
    return [service(name, metadata, { ipFamilyPolicy: 'RequireDualStack' }), endpointSlice(name)]
  }

  #setPodReady(name: string): Promise<string> {
    const { v4, v6 } = this.node(name).address
    const condition = { type: 'Ready', status: 'True', lastTransitionTime: null }
    const status = { conditions: [condition], phase: 'Running', podIP: v4, podIPs: [{ ip: v4 }, { ip: v6 }] }
    const patch = ['--subresource=status', '-p', JSON.stringify({ status })]
    return this.lab.kubectl(['patch', 'pod', `speaker-${name}`, '-n', namespace, ...patch])
  }

  /** The kernel of the client asks again after seconds instead of half a minute. */
  async #hastenNeighbours(): Promise<void> {
    const settings = ['delay_first_probe_time=1', 'base_reachable_time_ms=4000'].flatMap((setting) => [
      `net.ipv4.neigh.eth0.${setting}`,
      `net.ipv6.neigh.eth0.${setting}`,
    ])
    await this.lab.client.exec(['sysctl', '-qw', ...settings])
  }

  #seen(recording: Recording): Seen {
    const from = recording.marks['event'] ?? 0
    const nameOf = (mac: string | undefined) => this.lab.nodes.find((node) => node.mac === mac)?.name ?? mac
    return {
      gapMillis: Math.max(...gapsMillis(recording, from)),
      lost: unanswered(recording, from),
      twice: recording.answers.subarray(from * recording.addresses).filter((bits) => (bits & (bits - 1)) !== 0).length,
      moved: moved(recording, from),
      owners: ownersAt(recording, ticksOf(recording) - 1).map(nameOf),
    }
  }
}

const speakerPod = (node: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `speaker-${node}`, namespace, labels: { app: 'metallb', component: 'speaker' } },
  spec: { nodeName: node, serviceAccountName: 'speaker', containers: [{ name: 'speaker', image: 'none' }] },
})

const endpointSlice = (name: string) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ port: 80 }],
  endpoints: [{ addresses: ['10.244.1.10'], conditions: { ready: true, serving: true }, nodeName: 'n1' }],
})
