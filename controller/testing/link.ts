/**
 * The line between one process and the simulated API server. Nothing passes it by itself: a test says which request is
 * served, with what outcome, and how far each watch gets. What no test is about (events, leases, single reads, watches
 * of kinds that never change) passes at once.
 */
import { ApiError, refusal } from '../../kube/error.ts'
import type { ApiRequest } from '../../kube/request.ts'
import type { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import type { LineOptions, SendOptions, Transport } from '../../kube/transport.ts'
import type { SimulatedServer, Stored, WatchEvent } from './simulated-server.ts'
import { targetOf } from './target.ts'

/** What a request changed. */
export interface Write {
  readonly request: ApiRequest
  readonly plural: string
  readonly before: Stored | undefined
  readonly after: Stored
}

type Ending = 'aborted' | 'connection' | 'timeout'

/** What becomes of a request: whether the server does it, and what the client hears. */
const outcomes = {
  done: [true, undefined],
  'lost on the way': [false, 'connection'],
  /** The answer stays away until the request is served once more: the watch can be faster. */
  'done, answer late': [true, undefined],
  'answer lost': [true, 'connection'],
  'times out': [false, 'timeout'],
  'done, but times out': [true, 'timeout'],
  409: [false, 409],
  /** The first of two attempts of the transport was done, and its answer lost. */
  'done, then 409': [true, 409],
  429: [false, 429],
  500: [false, 500],
  'done, but 500': [true, 500],
} as const satisfies Record<string, readonly [boolean, number | Ending | undefined]>

export type Outcome = keyof typeof outcomes
export const allOutcomes = Object.keys(outcomes) as Outcome[]

/** Kinds whose watches pass only as far as the test lets them. */
export const slowKinds = ['services', 'ipaddresspools', 'namespaces', 'nodes', 'ipreservations'] as const

interface Pending {
  readonly request: ApiRequest
  readonly serve: (outcome: Outcome) => void
}

interface Stream {
  readonly plural: string
  readonly waiting: WatchEvent[]
  readonly receive: (event: WatchEvent) => void
  readonly end: (error: ApiError | undefined) => void
  last: WatchEvent | undefined
}

export interface LinkOptions {
  readonly server: SimulatedServer
  readonly clock: VirtualClock
  /** Whether a request whose end the client did not wait for was done. */
  readonly coin: () => boolean
  readonly onSend: (request: ApiRequest) => void
  /** It heard that the request was done. */
  readonly onAnswer: (request: ApiRequest, answer: Stored) => void
  readonly onWrite: (write: Write) => void
  readonly onReceive: (plural: string, event: WatchEvent) => void
  readonly onOpen: (plural: string, isFromNothing: boolean) => void
}

export class Link implements Transport {
  readonly #options: LinkOptions
  readonly #pending = new Set<Pending>()
  readonly #streams = new Set<Stream>()
  /** What the process would hear if it ran. */
  #held: (() => void)[] | undefined
  #isCut = false

  constructor(options: LinkOptions) {
    this.#options = options
  }

  get pending(): readonly Pending[] {
    return [...this.#pending]
  }

  get isQuiet(): boolean {
    return this.#pending.size === 0 && [...this.#streams].every(({ waiting }) => waiting.length === 0)
  }

  /** The next events of a kind; false: there are none. */
  deliver(plural: string, count = Number.POSITIVE_INFINITY): boolean {
    const stream = [...this.#streams].find((one) => one.plural === plural)
    const events = stream?.waiting.splice(0, count) ?? []
    for (const event of events) this.#pass(stream!, event)
    return events.length > 0
  }

  /** The last event comes once more. */
  repeat(plural: string): void {
    for (const stream of this.#streams) if (stream.plural === plural && stream.last) this.#pass(stream, stream.last)
  }

  /** What is on the way is lost. */
  breakWatch(plural: string, how: 'ends' | 'breaks' | 'expires'): void {
    const stream = [...this.#streams].find((one) => one.plural === plural)
    if (stream === undefined) return
    stream.waiting.length = 0
    if (how === 'expires') this.#pass(stream, { type: 'ERROR', object: { code: 410, reason: 'Expired' } as object })
    else this.#hear(() => stream.end(how === 'ends' ? undefined : endings.connection('watch')))
  }

  /** The process stands still; what it has sent is on its way. */
  freeze(): void {
    this.#held ??= []
  }

  thaw(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const hear of held) hear()
  }

  /** The process is gone: what it has sent arrives or does not, and it hears nothing more. */
  cut(): void {
    this.#isCut = true
    for (const { serve } of this.pending) serve(this.#abandoned)
    for (const { end } of this.#streams) end(undefined)
  }

  close(): void {}

  send(request: ApiRequest, { timeoutMillis = 30_000, signal }: SendOptions = {}): Promise<string> {
    if (this.#isCut) return new Promise(() => {})
    const { clock, onSend, onAnswer } = this.#options
    const { plural } = targetOf(request)
    onSend(request)
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    let late: Stored | ApiError | undefined
    const serve = (outcome: Outcome) => {
      if (!this.#pending.has(pending)) return
      const answer = late ?? this.#answer(request, outcome)
      if (late === undefined && outcome === 'done, answer late') {
        late = answer
        return
      }
      this.#pending.delete(pending)
      clock.clearTimeout(limit)
      this.#hear(() => {
        if (answer instanceof ApiError) return reject(answer)
        this.#tellList(plural, answer)
        onAnswer(request, answer)
        return resolve(JSON.stringify(answer))
      })
    }
    const pending = { request, serve }
    const limit = clock.setTimeout(() => serve(this.#abandoned), timeoutMillis)
    this.#pending.add(pending)
    signal?.addEventListener('abort', () => serve(this.#abandoned))
    if (signal?.aborted) serve('lost on the way')
    else if (passesAtOnce(request)) serve('done')
    return promise
  }

  sendForLines(request: ApiRequest, { onLine, signal }: LineOptions): Promise<void> {
    if (this.#isCut) return new Promise(() => {})
    const { server, onOpen, onReceive } = this.#options
    const { plural, query } = targetOf(request)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const receive = (event: WatchEvent) => {
      if (!this.#streams.has(stream)) return
      onReceive(plural, event)
      onLine(JSON.stringify(event))
    }
    const end = (error: ApiError | undefined) => {
      this.#streams.delete(stream)
      stopWatching()
      if (error === undefined) resolve()
      else reject(error)
    }
    const stream: Stream = { plural, waiting: [], receive, end, last: undefined }
    this.#streams.add(stream)
    onOpen(plural, query.has('sendInitialEvents'))
    const stopWatching = server.watch(request, (event) => {
      stream.waiting.push(event)
      if (!(slowKinds as readonly string[]).includes(plural)) queueMicrotask(() => this.deliver(plural, 1))
    })
    signal.addEventListener('abort', () => end(undefined))
    return promise
  }

  get #abandoned(): Outcome {
    return this.#options.coin() ? 'done, but times out' : 'times out'
  }

  #pass(stream: Stream, event: WatchEvent): void {
    if (event.type === 'ADDED' || event.type === 'MODIFIED') stream.last = event
    this.#hear(() => stream.receive(event))
  }

  #hear(hear: () => void): void {
    if (this.#isCut) return
    if (this.#held === undefined) hear()
    else this.#held.push(hear)
  }

  #answer(request: ApiRequest, outcome: Outcome): Stored | ApiError {
    const [isDone, failure] = outcomes[outcome]
    try {
      const answer = isDone ? this.#perform(request) : {}
      if (failure === undefined) return answer
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (failure === undefined) return error
    }
    return typeof failure === 'number' ? refusal(request.what, failure, '') : endings[failure](request.what)
  }

  /** A list is heard as a watch from nothing would be. */
  #tellList(plural: string, answer: Stored & { items?: Stored[] }): void {
    const { onOpen, onReceive } = this.#options
    if (answer.items === undefined) return
    onOpen(plural, true)
    for (const object of answer.items) onReceive(plural, { type: 'ADDED', object })
    onReceive(plural, { type: 'BOOKMARK', object: {} })
  }

  #perform(request: ApiRequest): Stored {
    const { server, onWrite } = this.#options
    const { plural, key = '' } = targetOf(request)
    const before = server.get(plural, key)
    const after = server.answer(request)
    if (request.method !== 'GET' && after !== before) onWrite({ request, plural, before, after })
    return after
  }
}

function passesAtOnce({ method, path }: ApiRequest): boolean {
  const { plural } = targetOf({ path })
  return method === 'GET' || plural === 'events' || plural === 'leases'
}

const ending = (code: Ending) => (what: string) => new ApiError(`${what}: ${code}`, { status: 0, reason: '', code })
const endings = { aborted: ending('aborted'), connection: ending('connection'), timeout: ending('timeout') }
