import { expect } from 'chai'
import { type Address, parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { arpOperation, broadcastMac, encodeArpFrame } from './arp.ts'
import { encodeIcmpv6Frame, multicastMac } from './icmpv6.ts'
import { solicitedNodeGroup } from './ndp.ts'
import { type Child, Segment } from './testing/segment.ts'

const answererProgram = new URL('testing/answerer.ts', import.meta.url).pathname
const senderProgram = new URL('testing/frame-sender.ts', import.meta.url).pathname

const target6 = parseAddress('2001:db8::10')
const group: Address = solicitedNodeGroup(target6)

function arpRequest(asker: Uint8Array): Uint8Array {
  return encodeArpFrame({
    ...{ destination: broadcastMac, source: asker, operation: arpOperation.request },
    ...{ senderMac: asker, senderAddress: 0xc0000201, targetMac: new Uint8Array(6), targetAddress: 0xc000020a },
  })
}

function solicitation(asker: Uint8Array): Uint8Array {
  const message = Buffer.from('870000000000000020010db80000000000000000000000100101', 'hex')
  return encodeIcmpv6Frame({
    ...{ destinationMac: multicastMac(group), sourceMac: asker, hopLimit: 255 },
    ...{ source: parseAddress('fe80::99'), destination: group, message: Buffer.concat([message, asker]) },
  })
}

/** IEEE 802.1Q */
function tagged(vlan: number, frame: Uint8Array): Uint8Array {
  return Buffer.concat([frame.subarray(0, 12), Buffer.of(0x81, 0, vlan >> 8, vlan & 0xff), frame.subarray(12)])
}

const protocols = [
  { name: 'arp', target: '192.0.2.10', request: arpRequest, answer: 'Reply 192.0.2.10 ' },
  { name: 'ndp', target: '2001:db8::10', request: solicitation, answer: 'neighbor advertisement' },
] as const

describe('layer 2 on a wire with VLANs', () => {
  let segment: Segment
  let answerer: Child
  let capture: Child

  beforeEach(async () => {
    segment = await Segment.create()
    await segment.connect('eth0')
    await segment.setLink('eth0', 'up')
    capture = await segment.capture('-e')
  })
  afterEach(() => segment.stop())

  async function startAnswerer(): Promise<void> {
    answerer = segment.start(segment.server, process.execPath, answererProgram)
    await answerer.line(/^ready$/)
  }

  /** False when the kernel has no such links. */
  async function addLink(words: string): Promise<boolean> {
    const { code } = await segment.run(segment.server, ...`ip link add ${words}`.split(' '))
    return code === 0
  }

  const askers = { 'VLAN 100': '02:00:00:00:01:00', 'VLAN 0': '02:00:00:00:00:00', untagged: '02:00:00:00:99:99' }

  /** Each of the askers asks in its own way, the untagged one last; who was answered then, and in which VLAN? */
  async function answers({ request, answer }: (typeof protocols)[number]): Promise<string[]> {
    const frameOf = (asker: keyof typeof askers) => request(parseMac(askers[asker]))
    const frames = [tagged(100, frameOf('VLAN 100')), tagged(0, frameOf('VLAN 0')), frameOf('untagged')]
    const hex = frames.map((frame) => Buffer.from(frame).toString('hex'))
    await segment.run(segment.client, process.execPath, senderProgram, 'eth0', ...hex)
    await capture.line(new RegExp(`> ${askers.untagged}, .*${answer}`))
    return Object.entries(askers).flatMap(([asker, mac]) =>
      capture.lines
        .filter((line) => line.includes(`> ${mac}, `) && line.includes(answer))
        .map((line) => `${asker}: ${/vlan \d+/.exec(line)?.[0] ?? 'untagged'}`),
    )
  }

  for (const protocol of protocols) {
    const { name, target } = protocol

    it(`answers ${name} without a tag and with a mere priority, and leaves VLANs alone`, async () => {
      await startAnswerer()
      await answerer.line(new RegExp(`^opened ${name} eth0 `))
      await answerer.command(`announce app/a ${target}`)
      expect(await answers(protocol)).to.deep.equal(['VLAN 0: untagged', 'untagged: untagged'])
    })

    it(`answers ${name} in a VLAN once, from its interface, tagged`, async function () {
      if (!(await addLink('link eth0 name eth0.100 up type vlan id 100'))) {
        console.log('      skipped: this kernel has no VLAN interfaces (CONFIG_VLAN_8021Q)')
        this.skip()
      }
      await startAnswerer()
      for (const at of ['eth0', 'eth0.100']) await answerer.line(new RegExp(`^opened ${name} ${at} `))
      await answerer.command(`announce app/a ${target}`)
      const all = await answers(protocol)
      expect(all).to.deep.equal(['VLAN 100: vlan 100', 'VLAN 0: untagged', 'untagged: untagged'])
    })
  }

  it('leaves what it hears of an interface on top to the responder there', async function () {
    if (!(await addLink('link eth0 name mv0 up type macvlan mode passthru'))) {
      console.log('      skipped: this kernel has no macvlan interfaces (CONFIG_MACVLAN)')
      this.skip()
    }
    await startAnswerer()
    for (const at of ['eth0', 'mv0']) await answerer.line(new RegExp(`^opened arp ${at} `))
    await answerer.command('announce app/a 192.0.2.10')
    const mac = parseMac(await segment.serverMac('eth0'))
    for (const asker of ['02:00:00:00:00:01', '02:00:00:00:00:02']) {
      const frame = Buffer.concat([mac, arpRequest(parseMac(asker)).subarray(6)])
      await segment.run(segment.client, process.execPath, senderProgram, 'eth0', frame.toString('hex'))
      await capture.line(new RegExp(`> ${asker}, .*Reply`))
    }
    expect(capture.lines.filter((line) => line.includes('> 02:00:00:00:00:01, '))).to.have.length(1)
  })
})
