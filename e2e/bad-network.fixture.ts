/** For `node --import`: of the datagrams to other speakers a tenth is lost, and a quarter is overtaken by later ones. */
import { AF_INET, SOCK_DGRAM } from '../net/rawnet/constants.ts'
import { type OutgoingMessage, openSocket, type RawSocket } from '../net/rawnet/index.ts'

const lossShare = 0.1
const overtakenShare = 0.25
const overtakenMillis = 30

const probe = openSocket(AF_INET, SOCK_DGRAM, 0)
const prototype: Pick<RawSocket, 'sendBatch'> = Object.getPrototypeOf(probe)
probe.close()
const inetBytes = [16, 28]
const { sendBatch } = prototype

prototype.sendBatch = function (this: RawSocket, messages): number {
  const isOfMembers = messages.every(({ to }) => to !== undefined && inetBytes.includes(to.length))
  if (!isOfMembers) return sendBatch.call(this, messages)
  for (const { data, to } of messages) {
    const copy: OutgoingMessage = { data: Buffer.from(data), ...(to && { to: Buffer.from(to) }) }
    const fate = Math.random()
    if (fate < lossShare) continue
    if (fate > lossShare + overtakenShare) sendBatch.call(this, [copy])
    else setTimeout(() => this.fd >= 0 && sendBatch.call(this, [copy]), Math.random() * overtakenMillis)
  }
  return messages.length
}
