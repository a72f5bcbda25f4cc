import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { loadAddon } from './addon.ts'
import { needsAddon } from './testing/needs-addon.ts'

describe('the native addon', () => {
  let directory: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rawnet-'))
  })

  afterEach(() => rmSync(directory, { recursive: true }))

  it('that was not built yet is missed with the command that builds it', () => {
    expect(() => loadAddon(directory))
      .to.throw(`${directory}/rawnet.node cannot be loaded; build it with: node hack/rawnet.ts`)
      .with.nested.property('cause.code', 'MODULE_NOT_FOUND')
  })

  it('that is no addon for this machine is refused in the same way, with the cause', () => {
    writeFileSync(join(directory, 'rawnet.node'), 'not a shared object')
    expect(() => loadAddon(directory))
      .to.throw('build it with: node hack/rawnet.ts')
      .with.nested.property('cause.code', 'ERR_DLOPEN_FAILED')
  })

  it('refuses wrong arguments instead of crashing', function () {
    needsAddon.call(this)
    const { Socket, interfaceIndex } = loadAddon()
    const socket = new Socket()
    const wrong =
      (call: (...args: unknown[]) => unknown, ...args: unknown[]) =>
      () =>
        call.apply(socket, args)
    for (const call of [
      wrong(socket.open as never, 'inet'),
      wrong(socket.bind as never, 'an address'),
      wrong(socket.connect as never, 7),
      wrong(socket.listen as never),
      wrong(socket.setOption as never, 1, 2, 'value'),
      wrong(socket.getOption as never, 1, 2, 3),
      wrong(socket.send as never, {}),
      wrong(socket.sendBatch as never, 'messages'),
      wrong(socket.sendBatch as never, [1, 2]),
      wrong(socket.receive as never, new Uint8Array(1000), 3, 0, 0),
      wrong(socket.receive as never, new Uint8Array(1000), 0, 0, 0),
      wrong(socket.receive as never, new Uint8Array(1000), 257, 0, 0),
      wrong(socket.receive as never, new Uint8Array(1000), 1, -1, 0),
      wrong(socket.receive as never, new Uint8Array(1000), 1, 1000, 0),
      wrong(socket.receive as never, undefined, 1, 0, 0),
      wrong(socket.receive as never, new Uint8Array(1000), 1, 0),
      wrong(socket.watch as never, undefined),
      wrong(interfaceIndex as never, 1),
      () => Reflect.apply(socket.close, {}, []),
      () => Reflect.apply(Socket, undefined, []),
    ]) {
      expect(call).to.throw(TypeError)
    }
  })

  it('fails every call on a socket that is not open, and opens only once', function () {
    needsAddon.call(this)
    const socket = new (loadAddon().Socket)()
    const [EBADF, EISCONN] = [9, 106]
    expect(socket.bind(new Uint8Array(16))).to.equal(-EBADF)
    expect(socket.watch(() => {})).to.equal(-EBADF)
    expect(socket.close()).to.equal(0)
    expect(socket.open(2, 2, 0)).to.be.above(2)
    expect(socket.open(2, 2, 0)).to.equal(-EISCONN)
    expect(socket.close()).to.equal(0)
  })
})
