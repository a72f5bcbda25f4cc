import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { loadAddon } from './addon.ts'
import { AF_INET, ECONNREFUSED, SOCK_DGRAM } from './constants.ts'
import { ReceiveBatch } from './receive-batch.ts'
import { inet4Address } from './socket-address.ts'

const ENOMEM = 12

/** libuv begins to watch once, and never again. */
const refusal = `
#include <uv.h>
static inline int start_once(uv_poll_t *poll, int events, uv_poll_cb callback) {
  static int calls;
  return calls++ == 0 ? uv_poll_start(poll, events, callback) : UV_ENOMEM;
}
#define uv_poll_start start_once
`

describe('rawnet on a libuv that does not go on watching', () => {
  let directory: string

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'rawnet-'))
    writeFileSync(join(directory, 'refusal.h'), refusal)
    const headers = join(dirname(dirname(process.execPath)), 'include/node')
    const flags = ['-D_GNU_SOURCE=', '-std=gnu17', '-fPIC', '-shared', `-I${headers}`, '-include', 'refusal.h']
    const sources = globSync(join(import.meta.dirname, '*.c'))
    execFileSync('cc', [...flags, '-o', 'rawnet.node', ...sources], { cwd: directory, stdio: ['ignore', 2, 'ignore'] })
  })

  after(() => rmSync(directory, { recursive: true }))

  it('lets the next receive fail: nobody would call back any more', async () => {
    const { Socket } = loadAddon(directory)
    const [receiver, sender] = [new Socket(), new Socket()]
    const address = Buffer.alloc(128)
    for (const socket of [receiver, sender]) socket.open(AF_INET, SOCK_DGRAM, 0)
    receiver.bind(inet4Address({ address: Uint8Array.of(127, 0, 0, 1), port: 0 }))
    sender.connect(address.subarray(0, receiver.localAddress(address)))
    receiver.close()
    const { block, slots } = new ReceiveBatch({ slots: 1, slotBytes: 10 })
    const calledBack = new Promise<void>((resolve) => sender.watch(resolve))
    sender.send(Uint8Array.of(1), undefined)
    await calledBack
    const results = [sender.receive(block, slots, 0, 0), sender.receive(block, slots, 0, 0)]
    sender.close()
    expect(results).to.deep.equal([-ENOMEM, -ECONNREFUSED])
  })
})
