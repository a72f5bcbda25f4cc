// An API server over HTTPS that serves a fixed number of made-up objects by WatchList, and then changes them on demand.
import type { ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { createSelfSigned } from '../../daemon/x509.ts'
import { endpointSlice, service } from './objects.ts'

const makers = { services: service, endpointslices: endpointSlice }
type Plural = keyof typeof makers

const certificateLifeMillis = 3_600_000

export class SyntheticServer {
  readonly certificate: string
  readonly servername = hostname()
  readonly #server: Server
  readonly #count: number
  readonly #watches: Record<Plural, Set<ServerResponse>> = { services: new Set(), endpointslices: new Set() }
  #version: number

  /** `count` objects of each kind. */
  static async start(count: number): Promise<SyntheticServer> {
    const validity = { notBefore: new Date(), notAfter: new Date(Date.now() + certificateLifeMillis) }
    const made = new SyntheticServer(count, await createSelfSigned({ host: hostname(), ...validity }))
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve))
    return made
  }

  private constructor(count: number, { cert, key }: { cert: string; key: string }) {
    this.#count = count
    this.#version = 1_000_000 + count
    this.certificate = cert
    this.#server = createServer({ cert, key }, (request, response) => {
      const plural = request.url?.startsWith('/api/v1/services') ? 'services' : 'endpointslices'
      void this.#watch(plural, response)
    })
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Changes one object of a kind. */
  change(plural: Plural, index: number): void {
    this.#version += 1
    const line = JSON.stringify({ type: 'MODIFIED', object: makers[plural](index, this.#version) })
    for (const response of this.#watches[plural]) response.write(`${line}\n`)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #watch(plural: Plural, response: ServerResponse): Promise<void> {
    for (let index = 0; index < this.#count; index++) {
      const line = JSON.stringify({ type: 'ADDED', object: makers[plural](index, 1_000_000 + index) })
      if (!response.write(`${line}\n`)) await new Promise((resolve) => response.once('drain', resolve))
    }
    const annotations = { 'k8s.io/initial-events-end': 'true' }
    const metadata = { resourceVersion: String(this.#version), annotations }
    response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata } })}\n`)
    this.#watches[plural].add(response)
    response.once('close', () => this.#watches[plural].delete(response))
  }
}
