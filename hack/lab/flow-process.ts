/**
 * `node flow-process.ts HOST PORT COUNT`, on a client: opens connections, and asks on each for the page ten times a second. A line `count` of
 * standard input: prints how many of them have answered a question asked after that line. A connection that is lost is
 * not opened again.
 */
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

const [host = '', port = '80', countText = '1'] = process.argv.slice(2)
const count = Number(countText)
const askEveryMillis = 100
/** TCP repeats what is lost: after so long it has had several chances. */
const patienceMillis = 5_000
const request = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`

interface Flow {
  readonly socket: Socket
  asked: number
  answered: number
}

const flows = Array.from({ length: count }, (): Flow => {
  const flow: Flow = { socket: connect(Number(port), host), asked: 0, answered: 0 }
  flow.socket.on('data', (data) => {
    flow.answered += data.toString().split('HTTP/1.1 200').length - 1
  })
  flow.socket.on('error', () => {})
  setInterval(() => {
    if (!flow.socket.writable || flow.asked - flow.answered > 1) return
    flow.asked++
    flow.socket.write(request)
  }, askEveryMillis)
  return flow
})

async function countLiving(): Promise<number> {
  const before = flows.map(({ asked }) => asked)
  const isAnswered = (flow: Flow, index: number) => flow.answered > before[index]!
  const deadline = performance.now() + patienceMillis
  while (performance.now() < deadline && !flows.every(isAnswered)) await new Promise((wake) => setTimeout(wake, 20))
  return flows.filter(isAnswered).length
}

createInterface({ input: process.stdin })
  .on('line', async () => console.log(String(await countLiving())))
  .on('close', () => process.exit())
await countLiving()
console.log('ready')
