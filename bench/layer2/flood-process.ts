/**
 * `node flood-process.ts INTERFACE FIRST_ADDRESS COUNT`, in the client's network namespace. A line `RATE SECONDS` of standard input: asks for the
 * addresses in turn at that rate; prints as JSON how many it asked and how many answers came, and the time to an answer
 * in milliseconds: the middle and the 99th percentile.
 */
import { createInterface } from 'node:readline'
import { ReceiveBatch } from '../../net/rawnet/index.ts'
import { arpAsker } from './arp-asker.ts'
import { openClient } from './asker.ts'

const [link = 'eth0', first = '', countText = '1'] = process.argv.slice(2)
const count = Number(countText)
const settleMillis = 500
const batchSize = 64

const { socket, requests } = openClient(arpAsker, link, first, count)
const batch = new ReceiveBatch({ slots: 256, slotBytes: 64 })

let sentAt = new Float64Array(0)
let took = new Float64Array(0)

socket.watch(receive)

function receive(): void {
  for (let received = batch.slots; received === batch.slots; ) {
    received = socket.receiveBatch(batch)
    const now = performance.now()
    for (let slot = 0; slot < received; slot++) {
      const number = arpAsker.answeredNumber(batch.data(slot))
      if (number !== undefined && number < took.length && took[number] === 0) took[number] = now - sentAt[number]!
    }
  }
}

async function flood(perSecond: number, seconds: number): Promise<void> {
  const total = perSecond * seconds
  sentAt = new Float64Array(total)
  took = new Float64Array(total)
  const startedMillis = performance.now()
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedMillis) / 1000) * perSecond))
    while (sent < due) sent = sendSome(sent, Math.min(due, sent + batchSize, sent - (sent % count) + count))
    receive()
    await new Promise(setImmediate)
  }
  setTimeout(() => report(total), settleMillis)
}

function sendSome(from: number, to: number): number {
  const now = performance.now()
  for (let number = from; number < to; number++) {
    arpAsker.setNumber(requests[number % count]!.data, number)
    sentAt[number] = now
  }
  const start = from % count
  socket.sendBatch(requests.slice(start, start + to - from))
  return to
}

function report(asked: number): void {
  const times = took.filter((millis) => millis > 0).sort()
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
  console.log(JSON.stringify({ asked, answered: times.length, p50Millis: at(0.5), p99Millis: at(0.99) }))
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [perSecond = 0, seconds = 0] = line.split(' ').map(Number)
    void flood(perSecond, seconds)
  })
  .on('close', () => process.exit())
console.log('ready')
