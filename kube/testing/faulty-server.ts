/**
 * An API server for one collection of objects, in process, over plain HTTP, that can do wrong whatever a server, a
 * proxy or a network does wrong. It holds the truth; a test compares a store with it.
 *
 * With no faults set it behaves: consistent pages, resumable watches from its history, WatchList, bookmarks.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type KubeObject, keyOf } from '../object.ts'

/** Chances from 0 to 1, each tried once per request or per event. */
export interface Faults {
  /** The connection ends before the answer. */
  drop: number
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
  /** The event comes in three pieces. */
  slow: number
  /** The event comes twice. */
  duplicate: number
  /** The event comes after the next one. */
  reorder: number
}

export const noFaults: Readonly<Faults> = {
  drop: 0,
  status500: 0,
  status429: 0,
  gone: 0,
  end: 0,
  cut: 0,
  mute: 0,
  goneEvent: 0,
  slow: 0,
  duplicate: 0,
  reorder: 0,
}

/** How the server takes `sendInitialEvents`. */
export type InitialEvents = 'sent' | 'refused' | 'error-event' | 'ignored'

export interface FaultyServerOptions {
  random?: () => number
  initialEvents?: InitialEvents
  /** Only this bearer token is let in. Change it with `server.token`. */
  token?: string
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
  readonly #watches = new Set<Watch>()
  readonly #snapshots = new Map<string, Snapshot>()
  #history: HistoryEntry[] = []
  #version = 100

  static async start(options: FaultyServerOptions = {}): Promise<FaultyServer> {
    const server = new FaultyServer(options)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  private constructor({ random = Math.random, initialEvents = 'sent', token }: FaultyServerOptions) {
    this.#random = random
    this.#initialEvents = initialEvents
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
    for (const watch of this.#watches) this.#send(watch, bookmarkLine(this.#version, false))
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
    if (this.#happens('drop')) return void request.socket.destroy()
    if (this.#happens('status500')) return refuse(response, 500, 'InternalError')
    if (this.#happens('status429')) return refuse(response, 429, 'TooManyRequests', { 'retry-after': '1' })
    if (this.#happens('gone')) return refuse(response, 410, 'Expired')
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
      return refuse(response, 401, 'Unauthorized')
    }
    const query = new URL(request.url ?? '/', this.url).searchParams
    if (!query.has('watch')) this.#list(response, query)
    else if (query.has('sendInitialEvents')) this.#watchFromNothing(response)
    else this.#watchFrom(response, Number(query.get('resourceVersion')))
  }

  #list(response: ServerResponse, query: URLSearchParams): void {
    const token = query.get('continue')
    const [id = '', offset = '0'] = token?.split(':') ?? [String(this.#version)]
    if (token === null) this.#snapshots.set(id, { version: this.#version, objects: [...this.objects.values()] })
    const snapshot = this.#snapshots.get(id)
    if (!snapshot) return refuse(response, 410, 'Expired')
    const start = Number(offset)
    const end = start + Number(query.get('limit') ?? Infinity)
    const more = end < snapshot.objects.length ? { continue: `${id}:${end}` } : {}
    const metadata = { resourceVersion: String(snapshot.version), ...more }
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ kind: 'List', apiVersion: 'v1', metadata, items: snapshot.objects.slice(start, end) }),
    )
  }

  #watchFromNothing(response: ServerResponse): void {
    if (this.#initialEvents === 'refused') return refuse(response, 422, 'Invalid')
    const watch = this.#open(response)
    if (this.#initialEvents === 'error-event') {
      response.end(errorLine(500, 'InternalError'))
      return
    }
    for (const object of this.objects.values()) this.#deliver(watch, JSON.stringify({ type: 'ADDED', object }))
    if (this.#initialEvents === 'sent') this.#send(watch, bookmarkLine(this.#version, true))
  }

  #watchFrom(response: ServerResponse, version: number): void {
    const oldest = this.#history[0]?.version ?? this.#version + 1
    if (version + 1 < oldest && version < this.#version) return refuse(response, 410, 'Expired')
    const watch = this.#open(response)
    for (const entry of this.#history) if (entry.version > version) this.#deliver(watch, entry.line)
  }

  #open(response: ServerResponse): Watch {
    const watch: Watch = { response, muted: false, late: undefined }
    this.#watches.add(watch)
    response.once('close', () => this.#watches.delete(watch))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    return watch
  }

  /** One event to one watch, with whatever goes wrong about it. */
  #deliver(watch: Watch, line: string): void {
    const kept = watch.late
    watch.late = undefined
    if (kept === undefined && this.#happens('reorder')) watch.late = line
    else if (this.#happens('goneEvent')) this.#send(watch, errorLine(410, 'Expired'))
    else if (this.#happens('cut')) this.#cut(watch, line)
    else this.#send(watch, line)
    if (kept !== undefined) this.#send(watch, kept)
    if (this.#happens('duplicate')) this.#send(watch, line)
    if (this.#happens('end')) watch.response.end()
    watch.muted ||= this.#happens('mute')
  }

  #cut({ response }: Watch, line: string): void {
    response.write(line.slice(0, line.length / 2))
    setImmediate(() => response.destroy())
  }

  #send({ response, muted }: Watch, line: string): void {
    if (muted || response.writableEnded || response.destroyed) return
    if (!this.#happens('slow')) {
      response.write(`${line}\n`)
      return
    }
    const third = Math.ceil(line.length / 3)
    for (const piece of [line.slice(0, third), line.slice(third, 2 * third), `${line.slice(2 * third)}\n`])
      response.write(piece)
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

function refuse(response: ServerResponse, code: number, reason: string, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(statusBody(code, reason)))
}
