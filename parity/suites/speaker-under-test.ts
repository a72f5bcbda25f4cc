import type { V1EndpointSlice, V1Node, V1Service } from '@kubernetes/client-node'
import { Registry } from 'prom-client'
import { nodeFacts } from '../../announcement/node.ts'
import { Placement } from '../../announcement/placement.ts'
import { judgeService } from '../../announcement/service.ts'
import type { Standings } from '../../announcement/standing.ts'
import type { Config } from '../../config/snapshot.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { Store } from '../../kube/store.ts'
import { silentLog } from '../../kube/testing/silent-log.ts'
import { formatAddress } from '../../net/address.ts'
import { Announcer } from '../../speaker/announcer.ts'
import type { Interfaces } from '../../speaker/layer2/book.ts'
import { Layer2Protocol } from '../../speaker/layer2-protocol.ts'
import { createSpeakerMetrics } from '../../speaker/metrics.ts'
import { createObserver, reportNoInterface } from '../../speaker/observer.ts'
import { ApiCompany } from '../../speaker/ownership/api-company.ts'
import { Ownership } from '../../speaker/ownership/ownership.ts'
import { defaultPace } from '../../speaker/ownership/pace.ts'
import type { Outcome, Protocol } from '../../speaker/protocol.ts'

/** What all speakers of a cluster see. */
export interface Surroundings {
  readonly config: Config
  readonly nodes: readonly V1Node[]
  readonly standings: Standings
  readonly services: Store<V1Service>
  readonly endpointSlices: Store<V1EndpointSlice>
  readonly ignoreExcludeLabel: boolean
}

/** The speaker of one node without its watches and its sockets: what it would answer for is noted. */
export class SpeakerUnderTest {
  /** "*" or the interfaces, by address. */
  readonly announced: Record<string, string | readonly string[]> = {}
  readonly events: { type: string; reason: string }[] = []
  readonly #surroundings: Surroundings
  readonly #announcer: Announcer
  #outcome: Outcome | undefined
  #hasFailed = false

  constructor(node: string, interfaces: readonly string[], surroundings: Surroundings) {
    this.#surroundings = surroundings
    const { services, endpointSlices, config } = surroundings
    const reporting = { node, log: silentLog, metrics: this.#metrics(), events: this.#recorder() }
    const protocol = this.#protocol(node, interfaces, reportNoInterface(reporting))
    this.#announcer = new Announcer({
      ...{ services, endpointSlices, config: () => config, handles: () => true },
      protocols: [this.#overhear(protocol)],
      observer: createObserver(reporting, () => undefined),
    })
  }

  /** Returns why the Service is not announced, "" if it is, in MetalLB's words. */
  pass(key: string): { reason: string; result: 'success' | 'error' } {
    this.#announcer.reconsider(key)
    return { reason: this.#reason(key), result: this.#hasFailed ? 'error' : 'success' }
  }

  #reason(key: string): string {
    if (this.#outcome !== undefined) return this.#outcome.announces ? '' : this.#outcome.reason
    // The announcer did not even ask the protocol.
    const { services, config } = this.#surroundings
    const service = services.get(key)
    const verdict = service && judgeService(service, config)
    return verdict?.announceable === false ? verdict.reason : 'serviceDeleted'
  }

  #protocol(
    node: string,
    interfaces: readonly string[],
    onNoInterface: ConstructorParameters<typeof Layer2Protocol>[0]['onNoInterface'],
  ): Layer2Protocol {
    const { nodes, standings, ignoreExcludeLabel } = this.#surroundings
    return new Layer2Protocol({
      ...{ node, onNoInterface, onChange: () => undefined },
      placement: new Placement({
        nodes: new Map(nodes.map((one) => [one.metadata?.name ?? '', nodeFacts(one)])),
        ...{ ignoreExcludeLabel, standings: () => standings },
      }),
      ownership: this.#ownership(node),
      layer2: { hasInterface: (name) => interfaces.includes(name) },
    })
  }

  #ownership(node: string): Ownership {
    const company = new ApiCompany(node)
    company.setAlive(new Set(this.#surroundings.standings.keys()))
    const held = new Map<string, Interfaces>()
    const nothing = (): undefined => undefined
    return new Ownership({
      ...{ company, pace: defaultPace, outranks: () => false, onRole: nothing, onConflict: nothing },
      clock: { now: () => 0, setTimeout: nothing, clearTimeout: nothing },
      layer2: {
        ...{ announceAgain: nothing, probe: nothing, release: nothing },
        hold: (_, address, on) => held.set(formatAddress(address), on),
        answer: (address, as) => {
          const [text, on] = [formatAddress(address), held.get(formatAddress(address))]
          if (as === 'own' && on !== undefined) this.announced[text] = on === 'all' ? '*' : on
        },
      },
    })
  }

  #overhear(protocol: Protocol): Protocol {
    return {
      name: protocol.name,
      reconcile: (candidate) => {
        this.#outcome = protocol.reconcile(candidate)
        return this.#outcome
      },
      withdraw: (key) => protocol.withdraw(key),
    }
  }

  #metrics(): ReturnType<typeof createSpeakerMetrics> {
    const metrics = createSpeakerMetrics(new Registry(), {
      layer2: () => new Map(),
      memberList: () => undefined,
      settled: () => Promise.resolve(),
    })
    const update = (failed: boolean): void => {
      this.#hasFailed ||= failed
    }
    return { ...metrics, update }
  }

  #recorder(): EventRecorder {
    const done = () => Promise.resolve()
    return { emit: (_, { type, reason }) => this.events.push({ type, reason }), flush: done, stop: done }
  }
}
