import { expect } from 'chai'
import { formatMac, parseMac } from '../../net/mac.ts'
import { announcementFrames } from './arp.ts'
import { type Child, Segment } from './testing/segment.ts'

const address = '192.0.2.10'
const address6 = '2001:db8::10'
const program = new URL('testing/answerer.ts', import.meta.url).pathname

describe('layer 2 on a real wire', () => {
  let segment: Segment
  let answerer: Child

  beforeEach(async () => {
    segment = await Segment.onOneWire()
  })
  afterEach(() => segment.stop())

  async function startAnswerer(...argv: string[]): Promise<void> {
    answerer = segment.start(segment.server, process.execPath, program, ...argv)
    await answerer.line(/^ready$/)
  }

  /** The MAC that the first answer names; undefined when nobody answers for a second. */
  async function arping(target: string, name = 'eth0'): Promise<string | undefined> {
    const { stdout } = await segment.run(segment.client, 'arping', '-I', name, '-f', '-w', '1', target)
    return /\[([0-9A-Fa-f:]{17})\]/.exec(stdout)?.[1]?.toLowerCase()
  }

  it('answers arping with its own MAC, and only for what it announces', async () => {
    await startAnswerer()
    await answerer.command(`announce app/a ${address}`)
    expect(await arping(address)).to.equal(await segment.serverMac('eth0'))
    expect(await arping('192.0.2.11')).to.equal(undefined)
  })

  it("puts an address of either family into the client kernel's neighbour table", async () => {
    await startAnswerer()
    await answerer.line(/^opened ndp eth0 /)
    for (const target of [address, address6]) {
      await answerer.command(`announce app/a ${target}`)
      await resolve(target)
    }
  })

  /** Lets the client's kernel look for a neighbour until it has found one: it gives up after three seconds. */
  async function resolve(target: string, name = 'eth0', mac?: string): Promise<void> {
    const wanted = `lladdr ${mac ?? (await segment.serverMac(name))} REACHABLE`
    const look = `echo > /dev/udp/${target}/9; ip neigh show ${target} dev ${name}`
    await shows(wanted, segment.client, 'bash', '-c', look)
  }

  /** Asks a host again and again until the answer contains the text. */
  async function shows(text: string, host: string, ...argv: string[]): Promise<void> {
    const deadline = performance.now() + 5000
    for (let answer = ''; !answer.includes(text); ) {
      answer = (await segment.run(host, ...argv)).stdout
      if (performance.now() > deadline) throw new Error(`${argv.join(' ')} does not show ${text}: ${answer}`)
    }
  }

  it('is seen by duplicate address detection (RFC 5227)', async () => {
    await startAnswerer()
    await answerer.command(`announce app/a ${address}`)
    const { code } = await segment.run(segment.client, 'arping', '-D', '-I', 'eth0', '-f', '-w', '1', address)
    expect(code).to.equal(1)
  })

  it('stops answering on withdraw', async () => {
    await startAnswerer()
    await answerer.command(`announce app/a ${address}`)
    expect(await arping(address)).not.to.equal(undefined)
    await answerer.command('withdraw app/a')
    expect(await arping(address)).to.equal(undefined)
  })

  it('answers only on the interfaces that are allowed', async () => {
    await segment.connect('eth1', '198.51.100.1/24')
    await segment.setLink('eth1', 'up')
    await startAnswerer()
    await answerer.command(`announce app/a ${address} eth1`)
    expect(await arping(address, 'eth0')).to.equal(undefined)
    expect(await arping(address, 'eth1')).to.equal(await segment.serverMac('eth1'))
  })

  it('does not touch an excluded interface', async () => {
    await startAnswerer('^eth0$')
    await answerer.command(`announce app/a ${address}`)
    expect(await arping(address)).to.equal(undefined)
    expect(answerer.lines.filter((line) => line.startsWith('opened'))).to.deep.equal([])
  })

  it('serves an interface that appears later within 50 ms of the news', async () => {
    await startAnswerer()
    await answerer.command(`announce app/a ${address}`)
    await segment.connect('eth1', '198.51.100.1/24')
    await segment.setLink('eth1', 'up')
    const [, , , millis] = (await answerer.line(/^opened arp eth1 /)).split(' ')
    expect(Number(millis)).to.be.lessThan(50)
    expect(await arping(address, 'eth1')).to.equal(await segment.serverMac('eth1'))
  })

  it('comes back after an interface was down, renamed, or got another MAC', async () => {
    await startAnswerer()
    await answerer.command(`announce app/a ${address}`)
    await segment.setLink('eth0', 'down')
    await answerer.line(/^closed arp eth0$/)
    await segment.setLink('eth0', 'name', 'lan0')
    await segment.setLink('lan0', 'address', '02:00:5e:00:00:07')
    await segment.setLink('lan0', 'up')
    await answerer.line(/^opened arp lan0 /)
    expect(await arping(address)).to.equal('02:00:5e:00:00:07')
  })

  it('survives the removal of an interface', async () => {
    await startAnswerer()
    await answerer.command(`announce app/a ${address}`)
    await segment.run(segment.server, 'ip', 'link', 'del', 'eth0')
    await answerer.line(/^closed arp eth0$|^failed/)
    answerer.lines.splice(0)
    await segment.connect('eth0', '192.0.2.1/24')
    await segment.setLink('eth0', 'up')
    await answerer.line(/^opened arp eth0 /)
    expect(await arping(address)).to.equal(await segment.serverMac('eth0'))
  })

  it('answers solicitations on an interface that appears later', async () => {
    await startAnswerer()
    await answerer.command(`announce app/a ${address6}`)
    await answerer.command('announce app/b 2001:db8:1::10')
    await segment.connect('eth1', '2001:db8:1::1/64')
    await segment.setLink('eth1', 'up')
    await answerer.line(/^opened ndp eth1 /)
    await resolve('2001:db8:1::10', 'eth1')
  })

  it('tells a neighbour that asks it alone that it is still there', async () => {
    await startAnswerer()
    await answerer.line(/^opened ndp eth0 /)
    await answerer.command(`announce app/a ${address6}`)
    const mac = await segment.serverMac('eth0')
    await segment.run(segment.client, 'ip', 'neigh', 'replace', address6, 'lladdr', mac, 'dev', 'eth0', 'nud', 'probe')
    await shows(`lladdr ${mac} REACHABLE`, segment.client, 'ip', 'neigh', 'show', address6, 'dev', 'eth0')
  })

  it('stops answering solicitations on withdraw, and leaves the group', async () => {
    await startAnswerer()
    await answerer.line(/^opened ndp eth0 /)
    await answerer.command(`announce app/a ${address6}`)
    expect(await groups()).to.include('ff02::1:ff00:10')
    await answerer.command('withdraw app/a')
    expect(await groups()).not.to.include('ff02::1:ff00:10')
    await segment.run(segment.client, 'bash', '-c', `echo > /dev/udp/${address6}/9`)
    const { stdout } = await segment.run(segment.client, 'ip', 'neigh', 'show', address6)
    expect(stdout).not.to.match(/lladdr/)
  })

  it('keeps a second client from taking an IPv6 address (RFC 4862 duplicate address detection)', async () => {
    await startAnswerer()
    await answerer.line(/^opened ndp eth0 /)
    await answerer.command(`announce app/a ${address6}`)
    await segment.run(segment.client, 'sysctl', '-qw', 'net.ipv6.conf.eth0.accept_dad=1')
    await segment.run(segment.client, 'ip', 'addr', 'add', `${address6}/64`, 'dev', 'eth0')
    await shows('dadfailed', segment.client, 'ip', '-6', 'addr', 'show', 'dev', 'eth0')
  })

  it('answers for 10,000 IPv6 addresses: more groups than one socket can join', async () => {
    await segment.run(segment.server, 'sysctl', '-qw', 'net.core.optmem_max=20480')
    await startAnswerer()
    await answerer.line(/^opened ndp eth0 /)
    await answerer.command('announceMany 2001:db8::1:0 10000', 10_000)
    expect(answerer.lines.filter((line) => line.startsWith('failed'))).to.deep.equal([])
    for (const target of ['2001:db8::1:0', '2001:db8::1:270f']) await resolve(target)
  })

  it("answers in another node's name: the client's kernel goes to that node, the switch learns nothing wrong", async () => {
    const absent = '02:00:5e:00:00:77'
    await startAnswerer()
    await answerer.line(/^opened ndp eth0 /)
    for (const target of [address, address6]) await answerer.command(`standIn app/${target} ${target} ${absent}`)
    const capture = await segment.capture('-e', 'arp or icmp6')
    for (const target of [address, address6]) await resolve(target, 'eth0', absent)
    const replies = [await capture.line(/ARP.*Reply/), await capture.line(/neighbor advertisement/)]
    const mac = await segment.serverMac('eth0')
    for (const reply of replies) expect(reply).to.include(` ${mac} > `)
  })

  it('hears who announces, uses and asks for its addresses, and who answers it', async () => {
    await segment.run(segment.client, 'ip', 'addr', 'add', `${address}/24`, 'dev', 'eth0')
    await startAnswerer()
    await answerer.line(/^opened ndp eth0 /)
    const { stdout } = await segment.run(segment.client, 'ip', '-j', 'link', 'show', 'eth0')
    const foreign: string = JSON.parse(stdout)[0].address
    for (const target of [address, address6]) await answerer.command(`hold app/${target} ${target}`)
    await segment.run(segment.client, 'arping', '-A', '-c', '1', '-I', 'eth0', '-s', address, address)
    await answerer.line(new RegExp(`^claim announcement ${address} ${foreign} from ${foreign}$`))
    await answerer.command(`probe ${address}`)
    await answerer.line(new RegExp(`^claim reply ${address} ${foreign} from ${foreign}$`))
    await answerer.command(`solicit ${foreign} 192.0.2.1`)
    await answerer.line(new RegExp(`^claim reply 192.0.2.1 ${foreign} from ${foreign}$`))
    await segment.run(segment.client, 'arping', '-D', '-c', '1', '-I', 'eth0', '-w', '1', address)
    await answerer.line(new RegExp(`^claim probe ${address} ${foreign} `))
    await segment.run(segment.client, 'ip', '-6', 'addr', 'add', `${address6}/64`, 'dev', 'eth0')
    await answerer.command(`probe ${address6}`)
    expect(await groups()).to.include('ff02::1:ff00:10')
    await answerer.line(new RegExp(`^claim (reply|announcement) ${address6} ${foreign} from ${foreign}$`))
    const { stdout: addresses } = await segment.run(segment.client, 'ip', '-j', '-6', 'addr', 'show', 'dev', 'eth0')
    const { local } = JSON.parse(addresses)[0].addr_info.find((one: { scope: string }) => one.scope === 'link')
    await answerer.command(`solicit ${foreign} ${local}`)
    await answerer.line(new RegExp(`^claim reply ${local} ${foreign} from ${foreign}$`))
  })

  it('answers no longer for what the pools do not have, while the socket stays open', async () => {
    await startAnswerer()
    await answerer.command(`announce app/a ${address}`)
    await answerer.command('ranges 192.0.2.11-192.0.2.20')
    expect(await arping(address)).to.equal(undefined)
    await answerer.command('ranges 192.0.2.11-192.0.2.20 192.0.2.10/32')
    expect(await arping(address)).to.equal(await segment.serverMac('eth0'))
    expect(answerer.lines.filter((line) => line.startsWith('closed'))).to.deep.equal([])
  })

  it('takes a filter over more ranges than the kernel has room for', async () => {
    await segment.run(segment.server, 'sysctl', '-qw', 'net.core.optmem_max=20480')
    await startAnswerer()
    await answerer.line(/^opened ndp eth0 /)
    await answerer.command(`announce app/a ${address}`)
    const scattered = Array.from({ length: 400 }, (_, i) => `10.${i >> 7}.${(2 * i) & 255}.1/32 2001:db8:${i}::1/128`)
    answerer.tell(`ranges ${scattered.join(' ')} 192.0.2.10/32`)
    await answerer.line(/^done ranges /)
    expect(await arping(address)).to.equal(await segment.serverMac('eth0'))
    expect(answerer.lines.filter((line) => line.startsWith('failed'))).to.deep.equal([])
  })

  it('tells thousands of addresses to the whole wire within moments, none lost', async () => {
    await startAnswerer()
    const capture = await segment.capture('-B', '8192', '-c', '4000', 'arp')
    await answerer.command('announceMany 10.99.0.0 2000')
    await capture.line(/^4000 packets captured/)
    const told = capture.lines.filter((line) => line.includes('ARP'))
    expect(told).to.have.length(4000)
    expect(secondsOf(told.at(-1)!) - secondsOf(told[0]!)).to.be.lessThan(0.5)
    expect(await arping('10.99.7.207')).to.equal(await segment.serverMac('eth0'))
  })

  it('hears nothing while it has no interface, and tells so', async () => {
    await startAnswerer('^lo$')
    await answerer.line(/^hearing true$/)
    await segment.setLink('eth0', 'down')
    await answerer.line(/^hearing false$/)
    answerer.lines.splice(0)
    await segment.setLink('eth0', 'up')
    await answerer.line(/^hearing true$/)
  })

  it('announces anew when the carrier was lost and is back', async () => {
    await startAnswerer()
    await answerer.command(`announce app/a ${address}`)
    await segment.run(segment.client, 'ip', 'link', 'set', 'eth0', 'down')
    await shows('NO-CARRIER', segment.server, 'ip', 'link', 'show', 'eth0')
    await segment.run(segment.client, 'ip', 'link', 'set', 'eth0', 'up')
    const capture = await segment.capture('arp')
    await capture.line(new RegExp(`Request who-has ${address} .*tell ${address}`))
    expect(answerer.lines.filter((line) => line.startsWith('closed'))).to.deep.equal([])
  })

  /** The multicast groups of the server's interface. */
  async function groups(): Promise<string> {
    return (await segment.run(segment.server, 'ip', 'maddr', 'show', 'dev', 'eth0')).stdout
  }

  it('tells everybody on the wire about a new address, twice over', async () => {
    await startAnswerer()
    const capture = await segment.capture('-xx', '-c', '2', 'arp')
    await answerer.command(`announce app/a ${address}`)
    await capture.line(/2 packets captured/)
    const mac = await segment.serverMac('eth0')
    const frames = announcementFrames(parseMac(mac), 0xc000020a).map((frame) => formatMac(frame).replaceAll(':', ''))
    expect(dumpedFrames(capture.lines)).to.deep.equal(frames)
  })
})

/** The time of the day, as tcpdump tells it. */
function secondsOf(line: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = line.split(' ')[0]!.split(':').map(Number)
  return 3600 * hours + 60 * minutes + seconds
}

/** The frames in tcpdump's hex dump. */
function dumpedFrames(lines: readonly string[]): string[] {
  const frames: string[] = []
  for (const line of lines) {
    const [, offset, words] = /^\s+0x([0-9a-f]+):\s+([0-9a-f ]+)$/.exec(line) ?? []
    if (words === undefined) continue
    if (offset === '0000') frames.push('')
    frames.push((frames.pop() ?? '') + words.replaceAll(' ', ''))
  }
  return frames
}
