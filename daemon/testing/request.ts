import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { PeerCertificate, TLSSocket } from 'node:tls'

export interface Answer {
  status: number
  headers: NodeJS.Dict<string | string[]>
  body: string
  /** Of the server, when asked over https. */
  certificate: PeerCertificate | undefined
}

/** One request on a connection of its own to a server on this machine, whose certificate may be anybody's. */
export function ask(url: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  const request = url.startsWith('https:') ? tlsRequest : plainRequest
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...options, agent: false, rejectUnauthorized: false }, async (response) => {
      const socket = response.socket as TLSSocket
      const certificate = socket.encrypted ? socket.getPeerCertificate() : undefined
      const body = (await response.setEncoding('utf8').toArray()).join('')
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body, certificate })
    })
    outgoing.on('error', reject).end()
  })
}
