import type { Allocator } from '../../allocation/allocator.ts'
import { type ServiceEvent, warning } from '../../allocation/service-event.ts'
import type { Withheld } from '../../allocation/withheld.ts'
import type { SpeakerStatus } from '../../crds/generated/types.ts'
import type { Clock, Timer } from '../../kube/clock.ts'
import { Action, type Controller, type StopOptions, startController } from '../../kube/controller.ts'
import type { Log } from '../../kube/log.ts'
import type { Store } from '../../kube/store.ts'
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import type { Questions } from './questions.ts'
import { nodesNear, strangersAmong } from './segment.ts'

export interface ProbingOptions {
  readonly questions: Pick<Questions, 'ask' | 'stop'>
  readonly statuses: Store<SpeakerStatus>
  readonly allocator: Pick<Allocator, 'probed' | 'probingFor'>
  /** These addresses, and no others, are in use by strangers. */
  readonly withhold: (addresses: readonly Withheld[]) => void
  /** These Services have to be looked at again. */
  readonly enqueue: (services: Iterable<string>) => void
  readonly tell: (service: string, event: ServiceEvent) => void
  readonly log: Log
  readonly clock: Clock
}

type Verdict =
  | { readonly kind: 'free' }
  | { readonly kind: 'in-use'; readonly by: string }
  /** An address is not held back because nobody can be asked. */
  | { readonly kind: 'unknown'; readonly why: string }

const probesAtOnce = 32
/** Then it is asked for again, when a Service wants it. */
const asideMinutes = 10
/** One that is dead must not hold up everybody. */
const mostSpeakersAsked = 2

/** Finds out whether new addresses are in use on the network, and sets aside those that are. */
export class Probing {
  readonly #options: ProbingOptions
  readonly #controller: Controller
  readonly #aside = new Map<string, { readonly withheld: Withheld; readonly timer: Timer }>()
  /** Nodes whose speaker did not answer; others are asked first. */
  readonly #silent = new Set<string>()

  constructor(options: ProbingOptions) {
    const { log, clock } = options
    this.#options = options
    this.#controller = startController({
      ...{ name: 'probing', concurrency: probesAtOnce, log, clock },
      reconcile: async (text, { signal, log }) => {
        await this.#probe(parseAddress(text), signal, log)
        return Action.awaitChange
      },
    })
  }

  ask(addresses: readonly Address[]): void {
    for (const address of addresses) this.#controller.enqueue(formatAddress(address))
  }

  async stop(options?: StopOptions): Promise<void> {
    for (const { timer } of this.#aside.values()) this.#options.clock.clearTimeout(timer)
    await this.#controller.stop()
    await this.#options.questions.stop(options)
  }

  async #probe(address: Address, signal: AbortSignal, log: Log): Promise<void> {
    const { allocator, tell, enqueue } = this.#options
    if (allocator.probingFor(address).length === 0) return
    const verdict = await this.#find(address, signal)
    if (signal.aborted) return
    log.info({ address: formatAddress(address), ...verdict }, 'address probed')
    const event = eventFor(address, verdict)
    if (event !== undefined) for (const service of allocator.probingFor(address)) tell(service, event)
    if (verdict.kind === 'in-use') this.#setAside(address, verdict.by)
    else enqueue(allocator.probed(address))
  }

  async #find(address: Address, signal: AbortSignal): Promise<Verdict> {
    const near = nodesNear(address, this.#options.statuses.values())
    if (near.length === 0) return { kind: 'unknown', why: 'no speaker is on its network' }
    const inOrder = [
      ...near.filter((node) => !this.#silent.has(node)),
      ...near.filter((node) => this.#silent.has(node)),
    ]
    const reasons: string[] = []
    for (const node of inOrder.slice(0, mostSpeakersAsked)) {
      const answer = await this.#askSpeaker(address, node, signal)
      if ('kind' in answer) return answer
      reasons.push(answer.why)
    }
    return { kind: 'unknown', why: reasons.join('; ') }
  }

  async #askSpeaker(address: Address, node: string, signal: AbortSignal): Promise<Verdict | { readonly why: string }> {
    const { questions, statuses } = this.#options
    try {
      const status = await questions.ask(address, node, signal)
      if (status === undefined) this.#silent.add(node)
      else this.#silent.delete(node)
      if (status?.result === undefined) return { why: `the speaker of node ${node} did not answer` }
      if (status.result === 'NotProbed') return { why: `the speaker of node ${node} could not ask: ${status.message}` }
      const [by] = strangersAmong(status.hardwareAddresses ?? [], statuses.values())
      return by === undefined ? { kind: 'free' } : { kind: 'in-use', by }
    } catch (error) {
      return { why: (error as Error).message }
    }
  }

  #setAside(address: Address, by: string): void {
    const { clock } = this.#options
    const text = formatAddress(address)
    const timer = clock.setTimeout(() => {
      this.#aside.delete(text)
      this.#withhold()
    }, asideMinutes * 60_000)
    this.#aside.set(text, { withheld: { address, reason: 'AddressInUse', by }, timer })
    this.#withhold()
  }

  #withhold(): void {
    this.#options.withhold([...this.#aside.values()].map(({ withheld }) => withheld))
  }
}

function eventFor(address: Address, verdict: Verdict): ServiceEvent | undefined {
  const text = formatAddress(address)
  switch (verdict.kind) {
    case 'free':
      return undefined
    case 'in-use':
      return warning(
        'AddressInUse',
        `${text} is in use on the network by ${verdict.by}: it is set aside for ${asideMinutes} minutes`,
      )
    case 'unknown':
      return warning('NotProbed', `${text} is given out without a probe: ${verdict.why}`)
  }
}
