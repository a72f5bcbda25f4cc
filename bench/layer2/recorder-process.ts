/**
 * `node recorder-process.ts INTERFACE FIRST_ADDRESS COUNT INTERVAL_MILLIS`, in the client's network namespace: asks for each of the addresses
 * at a steady pace. Lines of standard input: `mark NAME` notes the time, `answered` waits until a tick was answered for
 * every address, `end` prints the recording as JSON, once what is on its way has come, and begins a new one.
 */

import { isIPv6 } from 'node:net'
import { createInterface } from 'node:readline'
import { formatMac } from '../../net/mac.ts'
import { ReceiveBatch } from '../../net/rawnet/index.ts'
import { arpAsker } from './arp-asker.ts'
import { openClient } from './asker.ts'
import { ndpAsker } from './ndp-asker.ts'

const [link = 'eth0', first = '', countText = '1', intervalText = '5'] = process.argv.slice(2)
const [count, intervalMillis] = [Number(countText), Number(intervalText)]
const settleMillis = 300
const ticksAtMost = Math.floor(2 ** 24 / count)

const asker = isIPv6(first) ? ndpAsker : arpAsker
const { socket, requests } = openClient(asker, link, first, count)
const batch = new ReceiveBatch({ slots: 256, slotBytes: 96 })
const batchSize = 200

let answers = new Uint8Array(ticksAtMost * count)
let macs: string[] = []
let marks: Record<string, number> = {}
let tick = 0
let isAsking = true
let startedMillis = performance.now()
let waiting: (() => void) | undefined

function ask(): void {
  while (isAsking && tick < ticksAtMost && performance.now() >= startedMillis + tick * intervalMillis) {
    for (let index = 0; index < count; index++) asker.setNumber(requests[index]!.data, tick * count + index)
    for (let at = 0; at < count; at += batchSize) socket.sendBatch(requests.slice(at, at + batchSize))
    tick++
  }
  setTimeout(ask, Math.max(0, startedMillis + tick * intervalMillis - performance.now()))
}

socket.watch(() => {
  for (let received = batch.slots; received === batch.slots; ) {
    received = socket.receiveBatch(batch)
    for (let slot = 0; slot < received; slot++) note(batch.data(slot))
  }
})

function note(frame: Buffer): void {
  const number = asker.answeredNumber(frame)
  if (number === undefined || number >= tick * count) return
  const mac = formatMac(asker.answeredMac(frame))
  let index = macs.indexOf(mac)
  if (index < 0) index = macs.push(mac) - 1
  answers[number]! |= 1 << index
  if (waiting !== undefined && isAnswered(Math.floor(number / count))) {
    waiting()
    waiting = undefined
  }
}

const isAnswered = (at: number): boolean => answers.subarray(at * count, (at + 1) * count).every((bits) => bits !== 0)

const commands: Record<string, (argument: string) => void> = {
  mark: (name) => {
    marks[name] = tick
    console.log(String(tick))
  },
  answered: () => {
    waiting = () => console.log('answered')
  },
  end: () => {
    isAsking = false
    setTimeout(() => {
      const seen = Buffer.from(answers.subarray(0, tick * count)).toString('base64')
      console.log(JSON.stringify({ intervalMillis, addresses: count, macs, marks, answers: seen }))
      answers = new Uint8Array(ticksAtMost * count)
      macs = []
      marks = {}
      tick = 0
      startedMillis = performance.now()
      isAsking = true
    }, settleMillis)
  },
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [command = '', argument = ''] = line.split(' ')
    commands[command]?.(argument)
  })
  .on('close', () => process.exit())
ask()
console.log('ready')
