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
    segment = await Segment.create()
    await segment.connect('eth0', '192.0.2.1/24', '2001:db8::1/64')
    await segment.setLink('eth0', 'up')
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

  /** Lets the client's kernel look for a neighbour, and resolves when it has found one. */
  async function resolve(target: string, name = 'eth0'): Promise<void> {
    await segment.run(segment.client, 'bash', '-c', `echo > /dev/udp/${target}/9`)
    await reachable(target, name)
  }

  /** Resolves when the client's kernel has heard the neighbour itself say where it is. */
  async function reachable(target: string, name = 'eth0'): Promise<void> {
    const wanted = `lladdr ${await segment.serverMac(name)} REACHABLE`
    await shows(wanted, 'ip', 'neigh', 'show', target, 'dev', name)
  }

  /** Asks the client again and again until the answer contains the text. */
  async function shows(text: string, ...argv: string[]): Promise<void> {
    const deadline = performance.now() + 5000
    for (let answer = ''; !answer.includes(text); ) {
      answer = (await segment.run(segment.client, ...argv)).stdout
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
    await reachable(address6)
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
    await shows('dadfailed', 'ip', '-6', 'addr', 'show', 'dev', 'eth0')
  })

  it('answers for more IPv6 addresses than one socket can join groups for', async () => {
    await segment.run(segment.server, 'sysctl', '-qw', 'net.core.optmem_max=20480')
    await startAnswerer()
    await answerer.line(/^opened ndp eth0 /)
    const addresses = Array.from({ length: 2000 }, (_, i) => `2001:db8::${(i + 0x1000).toString(16)}`)
    for (const target of addresses) answerer.tell(`announce app/a ${target}`)
    await answerer.line(new RegExp(`^done announce app/a ${addresses.at(-1)}$`))
    expect(answerer.lines.filter((line) => line.startsWith('failed'))).to.deep.equal([])
    for (const target of [addresses[0]!, addresses.at(-1)!]) await resolve(target)
  })

  /** The multicast groups of the server's interface. */
  async function groups(): Promise<string> {
    return (await segment.run(segment.server, 'ip', 'maddr', 'show', 'dev', 'eth0')).stdout
  }

  it('tells everybody on the wire about a new address, twice over', async () => {
    await startAnswerer()
    const capture = segment.start(
      segment.client,
      'tcpdump',
      '-i',
      'eth0',
      '-Q',
      'in',
      '-l',
      '-n',
      '-xx',
      '-c',
      '2',
      'arp',
    )
    await capture.line(/listening on/)
    await answerer.command(`announce app/a ${address}`)
    await capture.line(/2 packets captured/)
    const mac = await segment.serverMac('eth0')
    const frames = announcementFrames(parseMac(mac), 0xc000020a).map((frame) => formatMac(frame).replaceAll(':', ''))
    expect(dumpedFrames(capture.lines)).to.deep.equal(frames)
  })
})

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
