import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { mustRun } from '../hack/lab/command.ts'
import { until } from '../hack/lab/wait.ts'
import { parseAddress } from '../net/address.ts'
import { parseMac } from '../net/mac.ts'
import { announcementFrames } from '../speaker/layer2/arp.ts'
import { advertisementFrame } from '../speaker/layer2/ndp-frames.ts'
import { apiServerAnswers, componentOf } from './control-plane.fixture.ts'
import { pool } from './objects.fixture.ts'
import { connectSecondNetwork } from './second-network.fixture.ts'
import { expectUnmoved, families, noGapMillis, Speakers, takeoverMillis } from './speakers.fixture.ts'

const root = join(import.meta.dirname, '..')
const preload = (file: string) => ({
  NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, file)).href}`,
})

/** Real speakers whose surroundings fail, and a client that asks for eight addresses of each family every 20 ms. */
describe('speakers whose surroundings fail', function () {
  this.timeout(120_000)
  let speakers: Speakers
  /** Has the first address of both families. */
  let owner: string
  let mac: string

  before(async () => {
    speakers = await Speakers.start({ nodes: 3, services: 8 })
    owner = await speakers.ownerOf(0)
    mac = speakers.node(owner).mac
  })
  after(() => speakers?.stop())

  const others = () => speakers.nodes.filter((name) => name !== owner)
  const ownAddresses = () => families.map((family) => speakers.addresses[family][0]!)

  it('go on while etcd hangs and the API server is dead, one that starts meanwhile too; nothing flaps afterwards', async () => {
    const [etcd, apiServer] = [componentOf(speakers.lab, 'etcd'), componentOf(speakers.lab, 'kube-apiserver')]
    const seen = await speakers.watch(async () => {
      etcd.freeze()
      await pause(4000)
      etcd.thaw()
      await apiServerAnswers(speakers.lab)
      await pause(2000)
      await Promise.all([etcd.kill(), apiServer.kill()])
      try {
        await speakers.kill(owner)
        await speakers.run(owner, { isReady: false })
        await pause(10_000)
      } finally {
        etcd.start()
        apiServer.start()
      }
      await apiServerAnswers(speakers.lab)
      await until('the restarted speaker is ready', () => speakers.isReady(owner), { timeoutMillis: 30_000 })
      const addresses = families.map((family) => speakers.spare[family][0]!)
      await speakers.metallb.apply(...speakers.service('new', addresses))
      // Whoever has lost the API server asks for it less and less often.
      await until('the new Service is answered', () => speakers.ownersOf(addresses), { timeoutMillis: 60_000 })
      await speakers.metallb.remove('service', 'new')
    })
    expectUnmoved(seen, takeoverMillis)
  })

  it('defend an address that a foreign host announces, not without end, and say so', async () => {
    const { router, client } = speakers.lab
    const foreign = parseMac(router.mac)
    const [ipv4, ipv6] = ownAddresses().map(parseAddress) as [
      ReturnType<typeof parseAddress>,
      ReturnType<typeof parseAddress>,
    ]
    const linkLocal = parseAddress('fe80::bad')
    const frames = [
      ...announcementFrames(foreign, Number(ipv4.value)),
      advertisementFrame(ipv6, { mac: foreign, linkLocal, interfaceName: 'eth0' }),
    ].map((frame) => Buffer.from(frame).toString('hex'))
    const sender = [process.execPath, join(root, 'speaker/layer2/testing/frame-sender.ts'), 'eth0', ...frames]
    for (const address of ownAddresses()) await speakers.reachable(address, mac)
    const capture = client.spawn(['tcpdump', '-lnei', 'eth0', 'ether', 'src', mac, 'and', '(arp or icmp6)'])
    await until('tcpdump listens', () => capture.output().includes('listening'))
    for (let time = 0; time < 5; time++) await router.exec(sender)
    for (const address of ownAddresses()) await speakers.reachable(address, mac)
    const message = await speakers.metallb.eventOf('web-0', 'AddressConflict')
    expect(message).to.include(router.mac)
    await capture.stop()
    const defences = capture
      .output()
      .split('\n')
      .filter((line) => /Broadcast.*(Request|Reply)|ff02::1: .*advertisement/.test(line))
    expect(defences).to.have.length.within(1, 12)
  })

  it('lose an interface that is removed, and have their addresses again when it was made anew', async () => {
    const seen = await speakers.watch(async () => {
      const remake = await removeInterface(owner)
      await until('others have the addresses', async () => !(await speakers.ownersOf(ownAddresses())).includes(owner))
      await remake()
      await until('the addresses are back', () => speakers.areAt(owner, ownAddresses()), { timeoutMillis: 30_000 })
    })
    for (const family of families) expect(seen[family].gapMillis).to.be.below(takeoverMillis)
  })

  /** What it returns makes it anew, with the same MAC and addresses. */
  async function removeInterface(name: string): Promise<() => Promise<void>> {
    const { netns, port, address } = speakers.node(name)
    const { addresses } = speakers.lab
    const switchNetns = `${speakers.lab.name}-sw`
    await mustRun(['ip', '-n', netns, 'link', 'del', 'eth0'])
    return async () => {
      const cable = ['link', 'add', port, 'netns', switchNetns, 'type', 'veth']
      await mustRun(['ip', ...cable, 'peer', 'name', 'eth0', 'address', speakers.node(name).mac, 'netns', netns])
      const lines = [
        ...[`addr add ${address.v4}/24 dev eth0`, 'link set eth0 up', `addr add ${address.v6}/64 dev eth0 nodad`],
        ...[`route add default via ${addresses.gateway.v4}`, `route add ::/0 via ${addresses.gateway.v6}`],
      ]
      await mustRun(['ip', '-n', switchNetns, 'link', 'set', port, 'master', 'br0', 'up'])
      await mustRun(['ip', '-n', netns, '-batch', '-'], { input: lines.join('\n') })
    }
  }

  it('do not mind a calendar that jumps by hours', async () => {
    await speakers.restart(owner, { env: preload('clock-step.fixture.ts') })
    const seen = await speakers.watch(async () => {
      await pause(6000)
      await speakers.kill(owner)
      await speakers.run(owner, { env: preload('clock-step.fixture.ts') })
    })
    expectUnmoved(seen, takeoverMillis)
    await speakers.restart(owner)
  })

  it('move nothing when a tenth of their datagrams is lost and others are overtaken', async () => {
    for (const name of speakers.nodes) await speakers.restart(name, { env: preload('bad-network.fixture.ts') })
    expectUnmoved(await speakers.watch(() => pause(8000)), noGapMillis)
  })

  it('move nothing when one loses half of what it hears as well, and accuses everybody', async () => {
    const undo = await dropAt(others()[0]!, 'udp dport 7946 numgen random mod 2 == 0')
    expectUnmoved(await speakers.watch(() => pause(6000)), noGapMillis)
    await undo()
  })

  it('move nothing when one does not hear another that hears it', async () => {
    const undo = await dropAt(others()[0]!, `udp dport 7946 ip saddr ${speakers.node(owner).address.v4}`)
    expectUnmoved(await speakers.watch(() => pause(6000)), noGapMillis)
    await undo()
  })

  /** Returns what ends it. */
  async function dropAt(name: string, packets: string): Promise<() => Promise<void>> {
    const nft = async (...words: string[]) => {
      const { code, stderr } = await speakers.node(name).exec(['nft', ...words])
      if (code !== 0) throw new Error(stderr)
    }
    await nft('add', 'table', 'inet', 'loss')
    await nft('add', 'chain', 'inet', 'loss', 'input', '{ type filter hook input priority 0; }')
    await nft('add', 'rule', 'inet', 'loss', 'input', packets, 'drop')
    return () => nft('delete', 'table', 'inet', 'loss')
  }

  it('share addresses on a second network too, and stand in there with the MAC that the absent node has there', async () => {
    const lan = await connectSecondNetwork(speakers.lab)
    await speakers.metallb.apply(pool('second', { addresses: lan.vips.map((vip) => `${vip}-${vip}`) }))
    await speakers.metallb.apply(...speakers.service('second', lan.vips))
    const [vip = ''] = lan.vips
    const found = () => lan.macOf(vip)
    const first = await until('an answer on the second network', found)
    const name = speakers.nodes.find((node) => lan.macs.get(node) === first)!
    await speakers.kill(name)
    expect(await until('an answer of the stand-in', found)).to.equal(first)
    await speakers.run(name)
  })

  it('have another take over when a node is cut off from the first network, although it goes on answering on the second', async () => {
    await speakers.node(owner).cutLink()
    await until('others have the addresses', async () => !(await speakers.ownersOf(ownAddresses())).includes(owner))
    await speakers.answered()
    await speakers.node(owner).restoreLink()
    await until('they are back', () => speakers.areAt(owner, ownAddresses()))
  })

  it('keep one owner for every address in two groups that do not understand each other', async () => {
    for (const name of speakers.nodes) await speakers.kill(name)
    const secretOf = (name: string) => (name === owner ? 'one' : 'another')
    await Promise.all(speakers.nodes.map((name) => speakers.run(name, { secret: secretOf(name) })))
    await until('one owner each', hasOneOwnerEach, { timeoutMillis: 40_000 })

    const addresses = families.map((family) => speakers.spare[family][1]!)
    await speakers.metallb.apply(...speakers.service('newer', addresses))
    await speakers.ownersOf(addresses)
    await until('one owner of the new Service', async () => (await answering(addresses[0]!)).length === 1)
    expect(await hasOneOwnerEach()).to.equal(true)

    const [victim = ''] = others()
    await speakers.watch(async () => {
      await speakers.kill(victim)
      await speakers.node(victim).cutLink()
      await until('others have its addresses', async () => {
        const owners = await speakers.ownersOf([...speakers.addresses.v4, ...speakers.addresses.v6])
        return !owners.includes(victim)
      })
      await until('one owner each', hasOneOwnerEach, { timeoutMillis: 40_000 })
    })
    await speakers.answered()
    await speakers.node(victim).restoreLink()
  })

  async function hasOneOwnerEach(): Promise<boolean> {
    const answers = await speakers.watch(() => pause(1000))
    return families.every((family) => answers[family].twice === 0 && answers[family].lost === 0)
  }

  async function answering(address: string): Promise<string[]> {
    const { stdout } = await speakers.lab.client.exec(['arping', '-I', 'eth0', '-b', '-c', '3', '-w', '2', address])
    return [...new Set([...stdout.matchAll(/\[([0-9A-F:]{17})\]/gi)].map(([, each]) => each!))]
  }
})
