import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { array, assert, asyncProperty, constantFrom, oneof, record, subarray } from 'fast-check'
import { Registry } from 'prom-client'
import { parseConfig } from '../config/parse.ts'
import type { Config } from '../config/snapshot.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { Announcer } from './announcer.ts'
import { createSpeakerMetrics } from './metrics.ts'
import { createObserver } from './observer.ts'
import type { Candidate, Outcome, Protocol } from './protocol.ts'

const keys = ['web/a', 'web/b'] as const
const ips = ['192.0.2.1', '192.0.2.2', '198.51.100.1', '2001:db8::1'] as const
const pools = ['192.0.2.0/24', '198.51.100.0/24', '2001:db8::/64'] as const

type Key = (typeof keys)[number]

const steps = oneof(
  record({ what: constantFrom('service'), key: constantFrom(...keys), ips: subarray([...ips]) }),
  record({ what: constantFrom('deleted'), key: constantFrom(...keys) }),
  record({ what: constantFrom('election'), key: constantFrom(...keys), winners: subarray(['layer2', 'bgp'] as const) }),
  record({ what: constantFrom('pools'), pools: subarray([...pools]) }),
)

/** Announces whatever it is told to win. */
class Elected implements Protocol {
  readonly wins = new Set<string>()
  readonly name: Protocol['name']

  constructor(name: Protocol['name']) {
    this.name = name
  }

  reconcile({ key }: Candidate): Outcome {
    return this.wins.has(key) ? { announces: true } : { announces: false, reason: 'notOwner', message: 'another one' }
  }

  withdraw(): void {}
}

/** A node as far as the gauge goes, and what ought to be in it. */
class Node {
  readonly registry = new Registry()
  readonly #services = new ObjectStore<V1Service>()
  readonly #protocols = { layer2: new Elected('layer2'), bgp: new Elected('bgp') } as const
  readonly #announcer: Announcer
  #config: Config = configOf(pools)

  constructor() {
    const metrics = createSpeakerMetrics(this.registry, {
      layer2: () => new Map(),
      memberList: () => undefined,
      settled: () => this.#announcer.settled(),
    })
    const events = { emit: () => undefined, flush: async () => undefined, stop: async () => undefined }
    this.#announcer = new Announcer({
      services: this.#services,
      endpointSlices: new ObjectStore<V1EndpointSlice>({ indexes: { service: () => [] } }),
      config: () => this.#config,
      handles: () => true,
      protocols: Object.values(this.#protocols),
      observer: createObserver({ node: 'n1', log: silentLog, metrics, events }, () => undefined),
    })
  }

  async take(step: { what: string; key?: Key; ips?: string[]; winners?: string[]; pools?: string[] }): Promise<void> {
    const { what, key = 'web/a', ips = [], winners = [], pools = [] } = step
    if (what === 'service') this.#services.apply(serviceOf(key, ips))
    if (what === 'deleted') this.#services.remove(key)
    if (what === 'election') {
      for (const { name, wins } of Object.values(this.#protocols))
        winners.includes(name) ? wins.add(key) : wins.delete(key)
    }
    if (what === 'pools') {
      this.#config = configOf(pools)
      this.#announcer.reconsiderAll()
    } else {
      this.#announcer.reconsider(key)
    }
  }

  async shown(): Promise<string[]> {
    const lines = (await this.registry.metrics()).split('\n')
    return lines.filter((line) => line.startsWith('metallb_speaker_announced{')).sort()
  }

  due(): string[] {
    const rows = keys.flatMap((key) => {
      const given = this.#services.get(key)?.status?.loadBalancer?.ingress?.map(({ ip }) => ip!) ?? []
      const isAllowed = this.#config.pools.some(({ name }) => given.every((ip) => poolOf(ip) === name))
      return Object.values(this.#protocols).flatMap(({ name, wins }) =>
        isAllowed && wins.has(key)
          ? given.map((ip) => `metallb_speaker_announced{service="${key}",protocol="${name}",node="n1",ip="${ip}"} 1`)
          : [],
      )
    })
    return rows.sort()
  }
}

function poolOf(ip: string): string {
  return `p${pools.findIndex((prefix) => prefix.slice(0, 6) === ip.slice(0, 6))}`
}

function configOf(given: readonly string[]): Config {
  const objects = given.map((prefix) => ({
    metadata: { name: poolOf(prefix) },
    spec: { addresses: [prefix] },
  }))
  const result = parseConfig({ pools: objects })
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result.config
}

function serviceOf(key: Key, given: readonly string[]): V1Service {
  const [namespace = '', name = ''] = key.split('/')
  return {
    metadata: { namespace, name },
    spec: { type: 'LoadBalancer' },
    status: { loadBalancer: { ingress: given.map((ip) => ({ ip })) } },
  }
}

describe('metallb_speaker_announced', () => {
  it('shows what is announced and nothing else, whatever becomes of Services, elections and pools', () =>
    assert(
      asyncProperty(array(steps, { minLength: 1, maxLength: 30 }), async (history) => {
        const node = new Node()
        for (const step of history) {
          await node.take(step)
          expect(await node.shown(), JSON.stringify(step)).to.deep.equal(node.due())
        }
      }),
      { numRuns: 200 },
    ))
})
