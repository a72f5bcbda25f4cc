/** A cluster, its users and one controller or two, step by step. What must always hold is checked on what the server has. */
import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { settle } from '../../kube/testing/virtual-clock.ts'
import { checkRest } from './rest-check.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { SimulatedServer, type Stored } from './simulated-server.ts'
import { firstPools, speakerNode, systemNamespace } from './simulation-objects.ts'
import type { Step } from './simulation-steps.ts'
import { WriteCheck } from './write-check.ts'

export class Simulation {
  readonly server = new SimulatedServer()
  readonly #checks = new WriteCheck(this.server)
  readonly #random: () => number
  #processes: SimulatedProcess[] = []
  #millis = 0

  constructor(replicas: number, random: () => number) {
    this.#random = random
    this.server.put('namespaces', { metadata: { name: 'default', labels: { team: 'red' } } })
    this.server.put('namespaces', { metadata: { name: 'shop', labels: {} } })
    for (const [name, spec] of firstPools) this.#putPool(name, spec)
    this.server.put('l2advertisements', { metadata: { namespace: systemNamespace, name: 'all' }, spec: {} })
    const status = { conditions: [{ type: 'Ready', status: 'True' }] }
    this.server.put('nodes', { metadata: { name: speakerNode }, status })
    const identities = replicas === 1 ? [undefined] : ['one', 'two']
    this.#processes = identities.map((identity) => this.#start(identity))
  }

  async run(step: Step): Promise<void> {
    await this.#do(step)
    await this.#comeToRest()
  }

  /** Nobody fails any more, and everything that is on the way arrives. */
  async rest(): Promise<void> {
    for (const process of this.#processes) await process.thaw()
    await this.#calm(8)
    try {
      checkRest(this.server, this.#leader.told)
    } catch {
      await this.#wait(330_000) // the longest back-off; if that helps it was only slow
      await this.#calm(8)
      checkRest(this.server, this.#leader.told)
    }
    this.#checks.rested()
  }

  /** Users put their configuration right. */
  async heal(): Promise<void> {
    for (const [name, spec] of firstPools) this.#putPool(name, spec)
    await this.rest()
  }

  /** Without this the last process would go on for ever in what follows. */
  end(): void {
    for (const process of this.#processes) process.kill()
  }

  /** Of several who know different things, whoever wrote last knows what counts. */
  get #leader(): SimulatedProcess {
    const { holderIdentity } = this.server.get<{ spec: { holderIdentity?: string } }>('leases', lease)?.spec ?? {}
    return this.#processes.find(({ identity }) => identity === holderIdentity) ?? this.#processes[0]!
  }

  async #do(step: Step): Promise<void> {
    switch (step.kind) {
      case 'apply':
        return this.#apply(step)
      case 'delete':
        this.#checks.touched(step.key)
        return this.server.remove('services', step.key)
      case 'tamper':
        this.#checks.touched(step.key)
        return this.server.change('services', step.key, tampering[step.what])
      case 'pool':
        if (step.spec === null) return this.server.remove('ipaddresspools', `${systemNamespace}/${step.name}`)
        return this.#putPool(step.name, step.spec)
      case 'reservation':
        return this.#putReservation(step)
      case 'namespace':
        if (step.labels === null) return this.server.remove('namespaces', step.name)
        return this.server.put('namespaces', { metadata: { name: step.name, labels: step.labels } })
      case 'node': {
        const addresses = step.addresses.map((address) => ({ type: 'InternalIP', address }))
        this.server.put('nodes', { metadata: { name: 'n1' } })
        return this.server.change('nodes', 'n1', { status: { addresses } })
      }
      case 'endpoints':
        return this.#putEndpoints(step)
      case 'speaker':
        return this.#putSpeaker(step)
      case 'compact':
        return this.server.compact()
      case 'serve': {
        const { pending } = this.#process(step).link
        return pending[step.pick % pending.length]?.serve(step.outcome)
      }
      case 'deliver':
        this.#process(step).link.deliver(step.plural, step.count || undefined)
        return
      case 'repeat':
        return this.#process(step).link.repeat(step.plural)
      case 'break':
        return this.#process(step).link.breakWatch(step.plural, step.how)
      case 'wait':
        return this.#wait(step.millis)
      case 'flow':
        return this.#flow()
      case 'restart':
        return this.#restart(step)
      case 'freeze':
        if (this.#processes.length === 1) return
        this.#checks.leaderMayChange()
        return this.#process(step).freeze()
      case 'thaw':
        return this.#process(step).thaw()
      case 'rest':
        return this.rest()
    }
  }

  #apply({ key, shape, replaces }: Extract<Step, { kind: 'apply' }>): void {
    const [namespace = '', name = ''] = key.split('/')
    const before = this.server.get<V1Service & Stored>('services', key)
    const spec = { type: 'LoadBalancer', clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }], ...shape.spec }
    const isLoadBalancer = before?.spec?.type === 'LoadBalancer' && spec.type === 'LoadBalancer'
    const isOtherClass = before?.spec?.loadBalancerClass !== shape.spec?.['loadBalancerClass']
    if (isLoadBalancer && isOtherClass) return // the API server refuses it
    const kept = replaces
      ? {}
      : Object.fromEntries(Object.entries(before?.metadata?.annotations ?? {}).filter(isForeign))
    const annotations = { ...kept, ...shape.annotations, 'example.org/note': 'of others' }
    const status = { conditions: [foreignCondition] }
    this.server.put('services', {
      metadata: { namespace, name, labels: shape.labels ?? {}, annotations },
      spec,
      status,
    })
    this.#checks.touched(key)
  }

  #putPool(name: string, spec: object): void {
    this.server.put('ipaddresspools', { metadata: { namespace: systemNamespace, name }, spec: { ...spec } })
  }

  #putReservation({ name, spec }: Extract<Step, { kind: 'reservation' }>): void {
    const metadata = { namespace: systemNamespace, name }
    if (spec === null) this.server.remove('ipreservations', `${systemNamespace}/${name}`)
    else this.server.put('ipreservations', { metadata, spec: { ...spec } })
  }

  #putEndpoints({ key, conditions }: Extract<Step, { kind: 'endpoints' }>): void {
    const [namespace = '', name = ''] = key.split('/')
    const metadata = { namespace, name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } }
    const endpoints = [{ nodeName: speakerNode, conditions }]
    if (conditions === null) this.server.remove('endpointslices', `${key}-1`)
    else this.server.put('endpointslices', { metadata, endpoints } as Stored)
  }

  #putSpeaker({ phase }: Extract<Step, { kind: 'speaker' }>): void {
    const metadata = { namespace: systemNamespace, name: speakerNode }
    const key = `${systemNamespace}/${speakerNode}`
    if (phase === null) this.server.remove('speakerstatuses', key)
    else this.server.put('speakerstatuses', { metadata })
    this.server.change('speakerstatuses', key, { status: { phase, interfaces: ['eth0'] } })
  }

  #start(identity: string | undefined): SimulatedProcess {
    const coin = () => this.#random() < 0.5
    return new SimulatedProcess({
      ...{ server: this.server, identity, startedMillis: this.#millis, coin },
      onSend: (request) => this.#checks.sent(request),
      onWrite: (write, knowledge) => this.#checks.look(write, knowledge),
    })
  }

  async #restart(step: Extract<Step, { kind: 'restart' }>): Promise<void> {
    const process = this.#process(step)
    if (this.#processes.length > 1) this.#checks.leaderMayChange()
    if (process.isFrozen || step.how === 'killed') process.kill()
    else await process.stop(() => this.#flowOnce(process))
    this.#processes = this.#processes.map((one) => (one === process ? this.#start(process.identity) : one))
  }

  #process({ process }: { readonly process: number }): SimulatedProcess {
    return this.#processes[process % this.#processes.length]!
  }

  async #wait(millis: number): Promise<void> {
    for (let left = millis; left > 0; left -= 500) {
      for (const process of this.#processes) await process.advance(Math.min(left, 500))
      await this.#comeToRest()
    }
    this.#millis += millis
    this.server.seconds = Math.floor(this.#millis / 1000)
  }

  async #comeToRest(): Promise<void> {
    await settle()
    await settle()
    for (const { told, complaints } of this.#processes) {
      expect(complaints).to.deep.equal([])
      told.takeStock()
    }
  }

  #flowOnce({ link }: SimulatedProcess): boolean {
    const isQuiet = link.isQuiet
    const serve = () => {
      for (const one of link.pending) one.serve('done')
    }
    if (this.#random() < 0.5) serve()
    for (const plural of ['ipaddresspools', 'namespaces', 'nodes', 'ipreservations', 'services']) link.deliver(plural)
    serve()
    return !isQuiet
  }

  async #flow(): Promise<void> {
    for (let turns = 0; turns < 500; turns++) {
      const isBusy = this.#processes.filter((process) => !process.isFrozen && this.#flowOnce(process)).length > 0
      await this.#comeToRest()
      if (!isBusy) return
    }
    throw new Error('the controller never comes to rest')
  }

  /** Until nothing happens for so many periods of five seconds: longer than any wait but that after many failures. */
  async #calm(periods: number): Promise<void> {
    for (let calm = 0, all = 0; calm < periods; all++) {
      if (all > 200) throw new Error('the controller never comes to rest')
      await this.#flow()
      await this.#wait(5_000)
      calm = this.#processes.every(({ link }) => link.isQuiet) ? calm + 1 : 0
    }
  }
}

const lease = `${systemNamespace}/metallb-controller`
const foreignCondition = { type: 'example.org/Probed', status: 'True', reason: 'Fine', message: 'of others' }

const tampering = {
  annotation: { metadata: { annotations: { 'metallb.io/ip-allocated-from-pool': null } } },
  conditions: { status: { conditions: [{ type: 'metallb.io/Allocated', $patch: 'delete' }] } },
  ingress: { status: { loadBalancer: null } },
}

/** What a user who applies does not know of. */
function isForeign([annotation]: [string, string]): boolean {
  return annotation === 'metallb.io/ip-allocated-from-pool'
}
