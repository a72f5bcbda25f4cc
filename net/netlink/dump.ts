import type { Reader } from '../cursor.ts'
import { RawnetError, type RawSocket } from '../rawnet/index.ts'
import { netlinkAddress } from '../rawnet/socket-address.ts'
import {
  encodeMessage,
  type Message,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
} from './message.ts'
import { messagesIn, NetlinkError, netlinkBatch, openNetlinkSocket, receiveDatagrams } from './socket.ts'

export interface DumpRequest<T> {
  /** Of the request, for errors: `RTM_GETLINK`. */
  readonly name: string
  readonly type: number
  readonly body: Uint8Array
  /** Undefined leaves an entry out. */
  readonly decode: (body: Reader) => T | undefined
}

export interface DumpOptions {
  /** For all attempts together; default 5,000. */
  readonly timeoutMillis?: number
  /** Default: a netlink socket. */
  readonly open?: () => RawSocket
}

const defaults = { timeoutMillis: 5000, open: () => openNetlinkSocket(0) } as const

/**
 * Reads one of the kernel's tables. When the table changed meanwhile (NLM_F_DUMP_INTR), reads it again.
 * Rejects with RawnetError: the kernel's error, or ETIMEDOUT; with NetlinkError when a reply cannot be decoded.
 */
export async function dump<T>(request: DumpRequest<T>, options: DumpOptions = {}): Promise<T[]> {
  const { timeoutMillis, open } = { ...defaults, ...options }
  const socket = open()
  const timeout = Promise.withResolvers<never>()
  const timer = setTimeout(() => timeout.reject(new RawnetError(request.name, ETIMEDOUT)), timeoutMillis)
  try {
    return await Promise.race([readTable(socket, request), timeout.promise])
  } finally {
    clearTimeout(timer)
    socket.close()
  }
}

const ETIMEDOUT = 110

function readTable<T>(socket: RawSocket, request: DumpRequest<T>): Promise<T[]> {
  const batch = netlinkBatch()
  let attempt = startAttempt<T>(socket, request, 1)
  return new Promise((resolve, reject) => {
    socket.watch(() => {
      try {
        for (const datagram of receiveDatagrams(socket, batch)) {
          for (const message of messagesIn(datagram)) accept(attempt, message, request)
        }
        if (attempt.state === 'complete') resolve(attempt.entries)
        if (attempt.state === 'interrupted') attempt = startAttempt(socket, request, attempt.sequence + 1)
      } catch (error) {
        reject(describe(error, request.name))
      }
    })
  })
}

function describe(cause: unknown, name: string): unknown {
  if (cause instanceof RawnetError || cause instanceof NetlinkError) return cause
  return new NetlinkError('undecodable', `${name}: a reply cannot be decoded: ${cause}`, { cause })
}

interface Attempt<T> {
  readonly sequence: number
  readonly entries: T[]
  isConsistent: boolean
  state: 'reading' | 'complete' | 'interrupted'
}

function startAttempt<T>(socket: RawSocket, request: DumpRequest<T>, sequence: number): Attempt<T> {
  const { type, body } = request
  const message = encodeMessage({ type, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence, body })
  socket.send(message, netlinkAddress({ portId: 0, groups: 0 }))
  return { sequence, entries: [], isConsistent: true, state: 'reading' }
}

function accept<T>(attempt: Attempt<T>, message: Message, request: DumpRequest<T>): void {
  if (message.sequence !== attempt.sequence) return
  if (message.flags & NLM_F_DUMP_INTR) attempt.isConsistent = false
  switch (message.type) {
    case NLMSG_ERROR:
    case NLMSG_DONE:
      throwIfError(message.body, request.name)
      attempt.state = attempt.isConsistent ? 'complete' : 'interrupted'
      return
    default: {
      const entry = request.decode(message.body)
      if (entry !== undefined) attempt.entries.push(entry)
    }
  }
}

/** Both kinds of message start with zero or a negative error number. */
function throwIfError(body: Reader, name: string): void {
  const errno = -(body.u32le() | 0)
  if (errno !== 0) throw new RawnetError(name, errno)
}
