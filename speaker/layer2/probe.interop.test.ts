import { expect } from 'chai'
import { type Child, Segment } from './testing/segment.ts'

const [address, address6] = ['192.0.2.10', '2001:db8::10']
const programs = {
  prober: new URL('testing/prober.ts', import.meta.url).pathname,
  answerer: new URL('testing/answerer.ts', import.meta.url).pathname,
}

describe('a probe on a real wire', () => {
  let segment: Segment
  let prober: Child
  let stranger: string

  beforeEach(async () => {
    segment = await Segment.onOneWire()
    stranger = JSON.parse((await segment.run(segment.client, 'ip', '-j', 'link', 'show', 'eth0')).stdout)[0].address
    prober = segment.start(segment.server, process.execPath, programs.prober, 'eth0')
    await prober.line(/^ready$/)
  })
  afterEach(() => segment.stop())

  async function probe(target: string): Promise<string> {
    prober.tell(target)
    return (await prober.line(new RegExp(`^${target}: `))).slice(target.length + 2)
  }

  const giveStranger = (prefix: string) =>
    segment.run(segment.client, 'ip', 'addr', 'add', prefix, 'dev', 'eth0', 'nodad')

  it('finds an address of either family free when nobody answers', async () => {
    expect(await probe(address)).to.equal('nobody')
    expect(await probe(address6)).to.equal('nobody')
  })

  it('names the stranger whose kernel has an address of either family', async () => {
    await giveStranger(`${address}/24`)
    await giveStranger(`${address6}/64`)
    expect(await probe(address)).to.equal(stranger)
    expect(await probe(address6)).to.equal(stranger)
  })

  it('leaves no trace in the tables of those who hear it', async () => {
    await giveStranger(`${address}/24`)
    await probe(address)
    const { stdout } = await segment.run(segment.client, 'ip', 'neigh', 'show')
    expect(stdout).not.to.include(await segment.serverMac('eth0'))
  })

  it('is answered by the speaker of another node, which is known by its MAC', async () => {
    const answerer = segment.start(segment.client, process.execPath, programs.answerer)
    await answerer.line(/^ready$/)
    await answerer.line(/^opened ndp eth0 /)
    for (const target of [address, address6]) {
      await answerer.command(`announce app/a ${target}`)
      expect(await probe(target)).to.equal(stranger)
    }
  })

  it('is not answered by the speaker of the same interface', async () => {
    const answerer = segment.start(segment.server, process.execPath, programs.answerer)
    await answerer.line(/^ready$/)
    await answerer.line(/^opened ndp eth0 /)
    for (const target of [address, address6]) {
      await answerer.command(`announce app/a ${target}`)
      expect(await probe(target)).to.equal('nobody')
    }
  })

  it('hears another one that asks for the same address at the same time (RFC 5227, RFC 4862)', async () => {
    const other = segment.start(segment.client, process.execPath, programs.prober, 'eth0')
    await other.line(/^ready$/)
    for (const target of [address, address6]) {
      other.tell(target)
      expect(await probe(target)).to.equal(stranger)
    }
  })

  it('says so when the interface is down', async () => {
    await segment.setLink('eth0', 'down')
    expect(await probe(address)).to.match(/^failed .*down/)
  })
})
