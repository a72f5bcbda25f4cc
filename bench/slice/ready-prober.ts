/**
 * `node ready-prober.ts`, in a node's network namespace. Each line of standard input is a URL: it is asked every few
 * milliseconds until it answers 200, then the time of the answer is printed (nanoseconds of the monotonic clock).
 */
import { get } from 'node:http'
import { createInterface } from 'node:readline'

const askEveryMillis = 2

function ask(url: string): void {
  const again = () => setTimeout(ask, askEveryMillis, url)
  const request = get(url, { agent: false }, (response) => {
    response.resume()
    if (response.statusCode === 200) console.log(String(process.hrtime.bigint()))
    else again()
  })
  request.on('error', again)
}

createInterface({ input: process.stdin })
  .on('line', ask)
  .on('close', () => process.exit())
console.log('ready')
