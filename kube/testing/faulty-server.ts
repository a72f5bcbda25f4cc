/**
 * An API server for one collection of objects, in process, over plain HTTP, that can do wrong whatever a server, a
 * proxy or a network does wrong. It holds the truth; a test compares a store with it.
 *
 * With no faults set it behaves: consistent pages, resumable watches from its history, WatchList, bookmarks.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../clock.ts'
import { type KubeObject, keyOf } from '../object.ts'

/** Chances from 0 to 1, each tried once per request or per event. */
export interface Faults {
  /** The connection ends before the answer. */
  drop: number
  /** The request is never answered. */
  hang: number
  status500: number
  /** With Retry-After: 1. */
  status429: number
  /** 410 for a list page or the start of a watch. */
  gone: number
  /** The watch ends in good order after the event. */
  end: number
  /** The watch breaks off in the middle of the event. */
  cut: number
  /** The watch stays open after the event and says nothing more. */
  mute: number
  /** An ERROR event of code 410 instead of the event. */
  goneEvent: number
  /** A line that is no JSON instead of the event. */
  garbage: number
  /** The event comes in three pieces. */
  slow: number
  /** The event comes twice. */
  duplicate: number
  /** The event comes after the next one. */
  reorder: number
}

export const noFaults: Readonly<Faults> = {
  drop: 0,
  hang: 0,
  status500: 0,
  status429: 0,
  gone: 0,
  end: 0,
  cut: 0,
  mute: 0,
  goneEvent: 0,
  garbage: 0,
  slow: 0,
  duplicate: 0,
  reorder: 0,
}

const bookmarkMillis = 60_000

/** How the server takes `sendInitialEvents`. */
export type InitialEvents = 'sent' | 'refused' | 'error-event' | 'ignored'

export interface FaultyServerOptions {
  random?: () => number
  initialEvents?: InitialEvents
  /** Only this bearer token is let in. Change it with `server.token`. */
  token?: string
  /** With one, each watch brings a bookmark once a minute. */
  clock?: Clock
}

interface HistoryEntry {
  version: number
  line: string
}

interface Watch {
  response: ServerResponse
  muted: boolean
  /** Kept back to come after the next one. */
  late: string | undefined
  /** What has been said so far; the next piece follows it. */
  output: Promise<void>
}

interface Refusal {
  code: number
  reason: string
  retryAfter?: string
}

interface Snapshot {
  version: number
  objects: KubeObject[]
}

export class FaultyServer {
  faults: Faults = { ...noFaults }
  token: string | undefined
  /** Every request that arrived, as "GET /path?query". */
  readonly requests: string[] = []
  readonly objects = new Map<string, KubeObject>()
  readonly #server: Server
  readonly #random: () => number
  readonly #initialEvents: InitialEvents
  readonly #clock: Clock | undefined
  readonly #watches = new Set<Watch>()
  readonly #snapshots = new Map<string, Snapshot>()
  #history: HistoryEntry[] = []
  #version = 100

  static async start(options: FaultyServerOptions = {}): Promise<FaultyServer> {
    const server = new FaultyServer(options)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  private constructor({ random = Math.random, initialEvents = 'sent', token, clock }: FaultyServerOptions) {
    this.#random = random
    this.#initialEvents = initialEvents
    this.#clock = clock
    this.token = token
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`)
  }

  /** Watches that the server believes to be open. */
  get openWatches(): number {
    return this.#watches.size
  }

  put(object: KubeObject): void {
    const known = this.objects.has(keyOf(object))
    const stored = this.#stamp(object)
    this.objects.set(keyOf(object), stored)
    this.#record(known ? 'MODIFIED' : 'ADDED', stored)
  }

  remove(key: string): void {
    const object = this.objects.get(key)
    if (!object) return
    this.objects.delete(key)
    this.#record('DELETED', this.#stamp(object))
  }

  bookmark(): void {
    for (const watch of this.#watches) this.#mark(watch, false)
  }

  /** Forgets its history: whoever resumes from before now is told 410. */
  compact(): void {
    this.#history = []
    this.#snapshots.clear()
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #happens(fault: keyof Faults): boolean {
    return this.#random() < this.faults[fault]
  }

  #stamp(object: KubeObject): KubeObject {
    this.#version += 1
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } }
  }

  #record(type: string, object: KubeObject): void {
    const line = JSON.stringify({ type, object })
    this.#history.push({ version: this.#version, line })
    for (const watch of this.#watches) this.#deliver(watch, line)
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(`${request.method} ${request.url}`)
    const query = new URL(request.url ?? '/', this.url).searchParams
    const refusal = this.#refusal(request, query)
    if (this.#happens('drop')) request.socket.destroy()
    else if (this.#happens('hang')) return
    else if (refusal) refuse(response, refusal)
    else if (!query.has('watch')) this.#list(response, query)
    else if (query.has('sendInitialEvents')) this.#watchFromNothing(response)
    else this.#watchFrom(response, Number(query.get('resourceVersion')))
  }

  #refusal(request: IncomingMessage, query: URLSearchParams): Refusal | undefined {
    if (this.#happens('status500')) return { code: 500, reason: 'InternalError' }
    if (this.#happens('status429')) return { code: 429, reason: 'TooManyRequests', retryAfter: '1' }
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
      return { code: 401, reason: 'Unauthorized' }
    }
    if (query.has('sendInitialEvents') && this.#initialEvents === 'refused') return { code: 422, reason: 'Invalid' }
    return this.#happens('gone') || this.#isForgotten(query) ? { code: 410, reason: 'Expired' } : undefined
  }

  #isForgotten(query: URLSearchParams): boolean {
    const token = query.get('continue')
    if (token !== null) return !this.#snapshots.has(snapshotOf(token).id)
    const version = Number(query.get('resourceVersion') ?? this.#version)
    const oldest = this.#history[0]?.version ?? this.#version + 1
    return version < this.#version && version + 1 < oldest
  }

  #list(response: ServerResponse, query: URLSearchParams): void {
    const { id, start } = snapshotOf(query.get('continue') ?? `${this.#version}:0`)
    const snapshot = this.#snapshots.get(id) ?? { version: this.#version, objects: [...this.objects.values()] }
    this.#snapshots.set(id, snapshot)
    const end = start + Number(query.get('limit') ?? Infinity)
    const more = end < snapshot.objects.length ? { continue: `${id}:${end}` } : {}
    const metadata = { resourceVersion: String(snapshot.version), ...more }
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ kind: 'List', apiVersion: 'v1', metadata, items: snapshot.objects.slice(start, end) }),
    )
  }

  #watchFromNothing(response: ServerResponse): void {
    const watch = this.#open(response)
    if (this.#initialEvents === 'error-event') {
      this.#send(watch, errorLine(500, 'InternalError'))
      return
    }
    for (const object of this.objects.values()) this.#deliver(watch, JSON.stringify({ type: 'ADDED', object }))
    if (this.#initialEvents === 'sent') this.#mark(watch, true)
  }

  #watchFrom(response: ServerResponse, version: number): void {
    const watch = this.#open(response)
    for (const entry of this.#history) if (entry.version > version) this.#deliver(watch, entry.line)
  }

  #open(response: ServerResponse): Watch {
    const watch: Watch = { response, muted: false, late: undefined, output: Promise.resolve() }
    this.#watches.add(watch)
    response.once('close', () => this.#watches.delete(watch))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    this.#bookmarkEveryMinute(watch)
    return watch
  }

  #bookmarkEveryMinute(watch: Watch): void {
    const clock = this.#clock
    if (!clock) return
    const again = () => clock.setTimeout(remind, bookmarkMillis)
    const remind = () => {
      this.#mark(watch, false)
      timer = again()
    }
    let timer = again()
    watch.response.once('close', () => clock.clearTimeout(timer))
  }

  /** One event to one watch, with whatever goes wrong about it. */
  #deliver(watch: Watch, line: string): void {
    const kept = watch.late
    watch.late = undefined
    if (kept === undefined && this.#happens('reorder')) watch.late = line
    else if (this.#happens('goneEvent')) this.#send(watch, errorLine(410, 'Expired'))
    else if (this.#happens('garbage')) this.#send(watch, '<html>bad gateway')
    else if (this.#happens('cut')) this.#cut(watch, line)
    else this.#send(watch, line)
    if (kept !== undefined) this.#send(watch, kept)
    if (this.#happens('duplicate')) this.#send(watch, line)
    if (this.#happens('end')) this.#then(watch, () => void watch.response.end())
    watch.muted ||= this.#happens('mute')
  }

  /** Late events come before a bookmark: what it covers and was never sent is lost, and no client could tell. */
  #mark(watch: Watch, end: boolean): void {
    if (watch.late !== undefined) this.#send(watch, watch.late)
    watch.late = undefined
    this.#send(watch, bookmarkLine(this.#version, end))
  }

  #cut(watch: Watch, line: string): void {
    this.#write(watch, line.slice(0, line.length / 2))
    this.#then(watch, () => void watch.response.destroy())
  }

  #send(watch: Watch, line: string): void {
    if (watch.muted) return
    const whole = `${line}\n`
    const size = this.#happens('slow') ? Math.ceil(whole.length / 3) : whole.length
    for (let start = 0; start < whole.length; start += size) this.#write(watch, whole.slice(start, start + size))
  }

  #write(watch: Watch, piece: string): void {
    const { response } = watch
    this.#then(watch, () => void (response.writableEnded || response.destroyed || response.write(piece)))
  }

  /** Each piece in a turn of its own, so that it leaves in a packet of its own. */
  #then(watch: Watch, act: () => void): void {
    watch.output = watch.output.then(() => new Promise((resolve) => setImmediate(resolve))).then(act)
  }
}

function bookmarkLine(version: number, end: boolean): string {
  const annotations = end ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}
  return JSON.stringify({
    type: 'BOOKMARK',
    object: { metadata: { resourceVersion: String(version), ...annotations } },
  })
}

function statusBody(code: number, reason: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: `told to say ${reason}` }
}

function errorLine(code: number, reason: string): string {
  return JSON.stringify({ type: 'ERROR', object: statusBody(code, reason) })
}

function refuse(response: ServerResponse, { code, reason, retryAfter }: Refusal): void {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
  response.writeHead(code, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(statusBody(code, reason)))
}

function snapshotOf(token: string): { id: string; start: number } {
  const [id = '', start] = token.split(':')
  return { id, start: Number(start) }
}
