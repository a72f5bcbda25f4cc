import { request } from 'node:https'

/** Enough of a Kubernetes client for the lab itself, which must work before anything of ours does. */
export interface Api {
  readonly server: string
  call<T = unknown>(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<T>
}

export class ApiStatusError extends Error {
  readonly code = 'api-status'
  readonly status: number

  constructor(method: string, path: string, status: number, text: string) {
    super(`${method} ${path}: status ${status}: ${text.slice(0, 400)}`)
    this.name = 'ApiStatusError'
    this.status = status
  }
}

const requestTimeoutMillis = 5_000

export function connectApi(server: string, credentials: { token: string; ca: () => string }): Api {
  return {
    server,
    call: (method, path, body) =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${credentials.token}`, 'content-type': 'application/json' }
        const options = { method, headers, ca: credentials.ca(), timeout: requestTimeoutMillis }
        const sent = request(server + path, options, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const [text, status] = [Buffer.concat(chunks).toString(), response.statusCode ?? 0]
            if (status >= 300) reject(new ApiStatusError(method, path, status, text))
            else resolve(text.startsWith('{') ? JSON.parse(text) : text)
          })
        })
        sent.on('timeout', () => sent.destroy(new Error('no answer')))
        sent.on('error', reject)
        sent.end(body && JSON.stringify(body))
      }),
  }
}

/** Creates an object and does not mind when it is there. */
export async function ensure(api: Api, path: string, object: object): Promise<void> {
  try {
    await api.call('POST', path, object)
  } catch (error) {
    if (!(error instanceof ApiStatusError && error.status === 409)) throw error
  }
}
