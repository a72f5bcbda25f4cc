/** One GET, told as JSON: `node curl.ts URL TIMEOUT_MILLIS`. Runs in a station's network namespace. */
import { get } from 'node:http'
import type { Response } from './host.ts'

const [url = '', timeoutMillis = ''] = process.argv.slice(2)

function tell(response: Response): never {
  process.stdout.write(JSON.stringify(response))
  process.exit()
}

const sent = get(url, { agent: false, signal: AbortSignal.timeout(Number(timeoutMillis)) }, (response) => {
  let body = ''
  response.setEncoding('utf8')
  response.on('data', (text: string) => {
    body += text
  })
  response.on('end', () => tell({ status: response.statusCode ?? 0, body }))
  response.on('error', fail)
})
sent.on('error', fail)

function fail(error: NodeJS.ErrnoException): void {
  tell({ status: 0, body: error.name === 'AbortError' ? 'timeout' : (error.code ?? error.message) })
}
