import { expect } from 'chai'
import { createTestNamespace, type Program, type TestNamespace } from '../../net/test-namespace.ts'
import { type Child, Segment } from '../layer2/testing/segment.ts'

const programs = {
  problems: new URL('testing/problems.ts', import.meta.url).pathname,
  prober: new URL('../layer2/testing/prober.ts', import.meta.url).pathname,
}

describe('the checks of a node, in a real network namespace', () => {
  let namespace: TestNamespace
  let program: Program

  before(() => {
    namespace = createTestNamespace()
    program = namespace.run(programs.problems)
  })
  after(() => namespace?.remove())

  async function reasonsAfter(command = ''): Promise<readonly string[]> {
    const { position } = program
    program.send(command)
    return (await program.line<{ reasons: string[] }>(() => true, position)).reasons
  }

  it('miss an interface, and are content when there is one', async () => {
    expect(await reasonsAfter()).to.include('NoUsableInterface')
    for (const name of ['eth0', 'eth1']) {
      namespace.ip(`link add ${name} type veth peer name far-${name}`)
      for (const end of [name, `far-${name}`]) namespace.ip(`link set ${end} up`)
      await reasonsAfter(`net/ipv4/conf/far-${name}/rp_filter 0`)
    }
    namespace.ip('addr add 192.0.2.10/24 dev eth0')
    namespace.ip('addr add 198.51.100.10/24 dev eth1')
    namespace.ip('route add default via 192.0.2.1')
    for (const path of ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding']) await reasonsAfter(`${path} 1`)
    for (const name of ['all', 'eth1']) await reasonsAfter(`net/ipv4/conf/${name}/rp_filter 0`)
    expect(await reasonsAfter()).to.deep.equal([])
  })

  for (const [reason, bad, good] of [
    ['ForwardingOff', 'net/ipv4/ip_forward 0', 'net/ipv4/ip_forward 1'],
    ['ForwardingOff', 'net/ipv6/conf/all/forwarding 0', 'net/ipv6/conf/all/forwarding 1'],
    ['ArpIgnoreAll', 'net/ipv4/conf/eth0/arp_ignore 8', 'net/ipv4/conf/eth0/arp_ignore 0'],
    ['ReversePathFilterStrict', 'net/ipv4/conf/eth1/rp_filter 1', 'net/ipv4/conf/eth1/rp_filter 2'],
  ] as const) {
    it(`find ${reason} by ${bad}`, async () => {
      expect(await reasonsAfter(bad)).to.deep.equal([reason])
      expect(await reasonsAfter(good)).to.deep.equal([])
    })
  }

  it('find that IPv6 is disabled on all interfaces', async () => {
    const [last, ...others] = ['eth0', 'eth1', 'far-eth0', 'far-eth1']
    for (const name of others) expect(await reasonsAfter(`net/ipv6/conf/${name}/disable_ipv6 1`)).to.deep.equal([])
    expect(await reasonsAfter(`net/ipv6/conf/${last}/disable_ipv6 1`)).to.deep.equal(['IPv6Off'])
    expect(await reasonsAfter(`net/ipv6/conf/${last}/disable_ipv6 0`)).to.deep.equal([])
  })

  it('find that strictARP is off once kube-proxy makes its interface, and until both settings are right', async () => {
    namespace.ip('link add kube-ipvs0 type veth peer name far-ipvs')
    expect(await reasonsAfter()).to.deep.equal(['StrictArpOff'])
    expect(await reasonsAfter('net/ipv4/conf/all/arp_ignore 1')).to.deep.equal(['StrictArpOff'])
    expect(await reasonsAfter('net/ipv4/conf/all/arp_announce 2')).to.deep.equal([])
  })
})

describe('the kernel of a node that is asked for its own address', () => {
  let segment: Segment
  let prober: Child

  before(async () => {
    segment = await Segment.onOneWire()
    prober = segment.start(segment.server, process.execPath, programs.prober, 'eth0')
    await prober.line(/^ready$/)
  })
  after(() => segment?.stop())

  let host = 10
  const answersWith = async (setting: string, value: number): Promise<boolean> => {
    const target = `192.0.2.${host++}`
    await segment.run(segment.client, 'ip', 'addr', 'add', `${target}/24`, 'dev', 'eth0')
    const write = (text: string) =>
      segment.run(segment.client, 'sh', '-c', `echo ${text} > /proc/sys/net/ipv4/conf/eth0/${setting}`)
    await write(`${value}`)
    prober.tell(target)
    const line = await prober.line(new RegExp(`^${target}: `))
    await write('0')
    return line !== `${target}: nobody`
  }

  for (const [setting, value, answers] of [
    ['arp_ignore', 1, true],
    ['arp_ignore', 2, true],
    ['arp_ignore', 3, true],
    ['arp_filter', 1, true],
    ['arp_announce', 2, true],
    ['arp_ignore', 8, false],
  ] as const) {
    it(`${answers ? 'answers' : 'does not answer'} with ${setting} ${value}`, async () =>
      expect(await answersWith(setting, value)).to.equal(answers))
  }
})
