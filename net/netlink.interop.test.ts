import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Dump, Line } from './netlink.fixture.ts'
import { createTestNamespace, type Program, type TestNamespace } from './test-namespace.ts'

describe('netlink in a network namespace', () => {
  let namespace: TestNamespace
  let program: Program

  before(async () => {
    namespace = createTestNamespace()
    namespace.ip('link add br0 type bridge')
    program = namespace.run(join(import.meta.dirname, 'netlink.fixture.ts'))
    await dump()
  })

  after(() => namespace?.remove())

  async function dump(): Promise<Dump> {
    const position = program.position
    program.send('dump')
    return program.line<Dump>((line) => line.type === 'dump', position)
  }

  /** Changes something and waits for the event that must follow. */
  async function change(words: string, matches: (line: Line) => boolean): Promise<Line> {
    const position = program.position
    namespace.ip(words)
    return program.line<Line>(matches, position)
  }

  /** A veth pair, both ends up: NAME and NAMEp. */
  function addPair(name: string): void {
    namespace.ip(`link add ${name} type veth peer name ${name}p`)
    namespace.ip(`link set ${name} up`)
    namespace.ip(`link set ${name}p up`)
  }

  it('tells when a link is made, switched on, renamed, enslaved, released and removed', async () => {
    const is = (type: string, name: string) => (line: Line) => line.type === type && line.link.name === name
    const made = await change('link add v0 address 02:00:00:00:00:01 type veth peer name v1', is('link', 'v0'))
    expect(made.link).to.include({ up: false, lowerUp: false, hardwareAddress: '02:00:00:00:00:01', kind: 'veth' })
    await change('link set v1 up', (line) => is('link', 'v1')(line) && line.link.up && !line.link.lowerUp)
    await change('link set v0 up', (line) => is('link', 'v0')(line) && line.link.up && line.link.lowerUp)
    const renamed = await change('link set v0 name w0', is('link', 'w0'))
    expect(renamed.link.index).to.equal(made.link.index)
    const bridge = (await dump()).links.find(({ name }) => name === 'br0')
    await change('link set w0 master br0', (line) => is('link', 'w0')(line) && line.link.master === bridge?.index)
    await change('link set w0 nomaster', (line) => is('link', 'w0')(line) && line.link.master === undefined)
    const position = program.position
    await change('link set w0 mtu 1400', (line) => is('link', 'w0')(line) && line.link.mtu === 1400)
    await change('link delete w0', is('link-removed', 'w0'))
    await program.line(is('link-removed', 'v1'), position)
  })

  it('does not tell that a link was removed when it only left its bridge', async () => {
    addPair('v0')
    namespace.ip('link set v0 master br0')
    const position = program.position
    namespace.ip('link set v0 nomaster')
    await change('link set v0 mtu 1401', (line) => line.type === 'link' && line.link.mtu === 1401)
    expect(program.lines<Line>(position).map(({ type }) => type)).not.to.include('link-removed')
    namespace.ip('link delete v0')
  })

  it('tells when addresses come and go', async () => {
    addPair('d1')
    for (const [address, prefixLength] of [
      ['192.0.2.1', 24],
      ['2001:db8::1', 64],
    ] as const) {
      const is = (type: string) => (line: Line) => line.type === type && line.address.address === address
      const added = await change(`address add ${address}/${prefixLength} dev d1`, is('address'))
      expect(added.address).to.include({ prefixLength, scope: 0 })
      await change(`address delete ${address}/${prefixLength} dev d1`, is('address-removed'))
    }
    namespace.ip('link delete d1')
  })

  it('tells when routes and neighbours come and go', async () => {
    addPair('d2')
    namespace.ip('address add 192.0.2.1/24 dev d2')
    const isRoute = (type: string) => (line: Line) =>
      line.type === type && line.route.destination.address === '198.51.100.0'
    const added = await change('route add 198.51.100.0/25 via 192.0.2.9 metric 5', isRoute('route'))
    expect(added.route).to.deep.include({ metric: 5, destination: { address: '198.51.100.0', length: 25 } })
    await change('route delete 198.51.100.0/25', isRoute('route-removed'))
    const isNeighbour = (type: string) => (line: Line) => line.type === type && line.neighbour.address === '192.0.2.7'
    const learnt = await change('neighbour add 192.0.2.7 lladdr 02:00:00:00:00:07 dev d2', isNeighbour('neighbour'))
    expect(learnt.neighbour).to.include({ hardwareAddress: '02:00:00:00:00:07', state: 'permanent' })
    await change('neighbour delete 192.0.2.7 dev d2', isNeighbour('neighbour-removed'))
    namespace.ip('link delete d2')
  })

  it('tells an overrun when events come faster than they are read, and goes on telling events', async () => {
    const commands = Array.from(
      { length: 1000 },
      (_, index) => `address add 10.2.${index >> 8}.${index & 255}/32 dev lo`,
    )
    const file = join(tmpdir(), `${namespace.name}.batch`)
    writeFileSync(file, commands.join('\n'))
    const position = program.position
    program.send(`ip -batch ${file}`)
    await program.line<Line>((line) => line.type === 'overrun', position)
    rmSync(file)
    await change('link add y0 type bridge', (line) => line.type === 'link' && line.link.name === 'y0')
  })
})
