import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import type { SpeakerStatus } from '../crds/generated/types.ts'
import { until } from '../hack/lab/wait.ts'
import { type Capture, startCapture } from './capture.fixture.ts'
import { namespace } from './objects.fixture.ts'
import { expectUnmoved, families, noGapMillis, Speakers, takeoverMillis } from './speakers.fixture.ts'

const quietMillis = 2000

/** Real speakers in three namespaces, and a client that asks for twelve addresses of each family every 20 ms. */
describe('a failover, as a client in both families sees it', function () {
  this.timeout(60_000)
  let speakers: Speakers
  /** Has the first address of both families. */
  let owner: string
  let mac: string

  let capture: Capture

  before(async () => {
    speakers = await Speakers.start({ nodes: 3, services: 12 })
    owner = await speakers.ownerOf(0)
    mac = speakers.node(owner).mac
    capture = await startCapture(speakers.lab)
  })
  after(async () => {
    await capture?.stop()
    await speakers?.stop()
  })

  const others = () => speakers.nodes.filter((name) => name !== owner)
  const ownAddresses = () => families.map((family) => speakers.addresses[family][0]!)

  it('has the Services of both families on one node, which the kernel of the client finds', async () => {
    expect(await speakers.ownerOf(0, 'v6')).to.equal(owner)
    for (const address of ownAddresses()) await speakers.reachable(address, mac)
  })

  it('moves nothing when a speaker is killed and stays dead: another answers with its MAC, which kernels accept', async () => {
    const seen = await speakers.watch(async () => {
      await speakers.kill(owner)
      await pause(quietMillis)
    })
    expectUnmoved(seen, takeoverMillis)
    await speakers.lab.client.exec(['ip', 'neigh', 'flush', 'dev', 'eth0'])
    for (const address of ownAddresses()) await speakers.reachable(address, mac)
  })

  it('takes over when the node goes as well, and the kernel of the client follows', async () => {
    const seen = await speakers.watch(async () => {
      await speakers.node(owner).cutLink()
      await until('another has them', async () => !(await speakers.ownersOf(ownAddresses())).includes(owner))
      await speakers.answered()
    })
    for (const [place, family] of families.entries()) {
      expect(seen[family].gapMillis).to.be.below(takeoverMillis)
      expect(seen[family].owners).not.to.include(owner)
      const successor = seen[family].owners[0]!
      await speakers.reachable(ownAddresses()[place]!, speakers.node(successor).mac)
    }
  })

  it('gives everything back without a gap when the node is back', async () => {
    const seen = await speakers.watch(async () => {
      await speakers.node(owner).restoreLink()
      await speakers.run(owner)
      await until('the addresses are back', () => speakers.areAt(owner, ownAddresses()))
    })
    for (const family of families) expect(seen[family].gapMillis).to.be.below(noGapMillis)
  })

  it('has sent nothing until now that tcpdump cannot decode or takes offence at', async () => {
    const lines = await capture.decode()
    expect(lines.filter((line) => /malformed|truncated|invalid|bad|\[\||missing/i.test(line))).to.deep.equal([])
    const said = (what: RegExp) => lines.filter((line) => what.test(line))
    const address = speakers.addresses.v4[0]!.replaceAll('.', '\\.')
    const address6 = speakers.addresses.v6[0]!
    const kinds = {
      'ARP announcement': new RegExp(`> ff:ff:ff:ff:ff:ff, .*(who-has|Announcement) ${address}`),
      'ARP probe': new RegExp(`who-has ${address} tell 0\\.0\\.0\\.0`),
      'ARP question to a node': new RegExp(
        `> ${mac}, .*who-has ${speakers.node(owner).address.v4} .*tell 0\\.0\\.0\\.0`,
      ),
      'IPv6 announcement': new RegExp(`ff02::1: .*neighbor advertisement.*tgt is ${address6}, Flags \\[override\\]`),
      'IPv6 probe': new RegExp(`:: > ff02::1:ff.*neighbor solicitation.*who has ${address6}`),
      'group membership': /multicast listener report/,
      datagram: /\.7946 > .*\.7946: .*UDP, length/,
    }
    for (const [kind, pattern] of Object.entries(kinds)) expect(said(pattern), kind).not.to.have.length(0)

    const inItsName = [new RegExp(`Reply ${address} is-at ${mac}`), new RegExp(`tgt is ${address6}, .*option.* ${mac}`)]
    for (const pattern of inItsName) {
      const fromOthers = said(pattern).filter((line) => !line.includes(` ${mac} >`))
      expect(fromOthers, `${pattern} from the stand-in's own MAC`).not.to.have.length(0)
    }
  })

  it('moves nothing when a speaker is killed and comes again', async () => {
    const seen = await speakers.watch(async () => {
      await speakers.kill(owner)
      await speakers.run(owner)
      await pause(quietMillis)
    })
    expectUnmoved(seen, takeoverMillis)
  })

  it('moves nothing and leaves no gap when all speakers are replaced, one after the other', async () => {
    const seen = await speakers.watch(async () => {
      for (const name of speakers.nodes) await speakers.restart(name)
      await pause(quietMillis)
    })
    expectUnmoved(seen, noGapMillis)
  })

  it('hands over without a gap when a speaker stays away for too long', async () => {
    for (const name of others()) await speakers.restart(name, { flags: ['--l2-stand-in-seconds=4'] })
    await speakers.kill(owner)
    const seen = await speakers.watch(() =>
      until('the address has moved', async () => !(await speakers.ownersOf(ownAddresses())).includes(owner)),
    )
    for (const family of families) {
      expect(seen[family].gapMillis).to.be.below(noGapMillis)
      expect(seen[family].owners).not.to.include(owner)
    }
  })

  it('lets a node wait that is back, for as long as is wished, and gives back without a gap', async () => {
    const phase = async () =>
      (await speakers.metallb.read<SpeakerStatus>('speakerstatus', owner, namespace)).status?.phase
    const seen = await speakers.watch(async () => {
      await speakers.run(owner, { flags: ['--l2-failback-delay=6s'] })
      await until('it waits', async () => (await phase()) === 'Returning')
      expect(await speakers.ownersOf(ownAddresses())).not.to.include(owner)
      await until('it serves', async () => (await phase()) === 'Serving')
      await until('the addresses are back', () => speakers.areAt(owner, ownAddresses()))
    })
    for (const family of families) expect(seen[family].gapMillis).to.be.below(noGapMillis)
  })
})
