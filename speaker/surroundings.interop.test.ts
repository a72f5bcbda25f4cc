import { createTestNamespace, type Program, type TestNamespace } from '../net/test-namespace.ts'

interface Seen {
  readonly gateways: readonly string[]
  readonly networks: readonly string[]
  readonly macs: readonly string[]
}

describe('what a speaker sees of a real network namespace', () => {
  let namespace: TestNamespace
  let program: Program

  before(() => {
    namespace = createTestNamespace()
    namespace.ip('link add lan0 address 02:00:00:00:00:01 type veth peer name far0')
    for (const name of ['lan0', 'far0']) namespace.ip(`link set ${name} up`)
    namespace.ip('addr add 192.0.2.10/24 dev lan0')
    namespace.ip('addr add 2001:db8::10/64 dev lan0 nodad')
    program = namespace.run(new URL('testing/surroundings.ts', import.meta.url).pathname)
  })
  after(() => namespace?.remove())

  const shows = (isShown: (seen: Seen) => boolean) => program.line<Seen>(isShown)

  it('has its networks, with or without an address in them, and its MAC', async () => {
    namespace.ip('route add 203.0.113.0/24 dev lan0')
    const wanted = ['lan0 192.0.2.0/24', 'lan0 2001:db8::/64', 'lan0 203.0.113.0/24']
    await shows(
      ({ networks, macs }) => wanted.every((one) => networks.includes(one)) && macs.includes('02:00:00:00:00:01'),
    )
  })

  it('has every default gateway, also those of worse routes and other tables, and loses them with the route', async () => {
    const show = (...wanted: string[]) => shows(({ gateways }) => gateways.join() === wanted.join())
    namespace.ip('route add default via 192.0.2.1 metric 100')
    await show('192.0.2.1')
    namespace.ip('route add default via 192.0.2.2 metric 600')
    namespace.ip('route add default via 192.0.2.3 table 77')
    namespace.ip('-6 route add default via 2001:db8::1')
    namespace.ip('-6 route add default via fe80::1 dev lan0 metric 2000')
    await show('192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1')
    namespace.ip('route del default via 192.0.2.1 metric 100')
    await show('192.0.2.2', '192.0.2.3', '2001:db8::1')
  })

  it('has nothing of an interface that is gone', async () => {
    const position = program.position
    namespace.ip('link del lan0')
    await program.line<Seen>(({ gateways, networks }) => gateways.length + networks.length === 0, position)
  })
})
