import { join } from 'node:path'
import { expect } from 'chai'
import { createTestNamespace, type Program, type TestNamespace } from '../../net/test-namespace.ts'

const port = 7946

interface Line {
  readonly type: string
  readonly atMillis: number
  readonly members?: Record<string, string>
  readonly reason?: string
}

const families = [
  { family: 'IPv4', length: 24, addressOf: (number: number) => `192.0.2.${number}` },
  { family: 'IPv6', length: 64, addressOf: (number: number) => `2001:db8::${number}` },
] as const

const numbers = [1, 2, 3]

/** Three namespaces on a bridge: three nodes. Nothing is on this network but what the members send. */
for (const { family, length, addressOf } of families) {
  describe(`three member lists on a network of ${family}`, function () {
    this.timeout(60_000)
    let hub: TestNamespace
    const nodes = new Map<number, TestNamespace>()
    const programs = new Map<number, Program>()

    before(() => {
      hub = createTestNamespace()
      hub.ip('link add bridge type bridge')
      hub.ip('link set bridge up')
      for (const number of numbers) nodes.set(number, addNode(number))
    })
    afterEach(async () => {
      await Promise.all([...programs.values()].map((program) => program.stop()))
      programs.clear()
    })
    after(async () => {
      for (const node of nodes.values()) await node.remove()
      await hub?.remove()
    })

    function addNode(number: number): TestNamespace {
      const node = createTestNamespace()
      hub.ip(`link add port${number} type veth peer name eth0 netns ${node.name}`)
      hub.ip(`link set port${number} master bridge up`)
      node.ip(`addr add ${addressOf(number)}/${length} dev eth0 ${family === 'IPv6' ? 'nodad' : ''}`.trim())
      node.ip('link set eth0 up')
      return node
    }

    function start(number: number, secret = 'secret'): Program {
      const members = numbers.map((one) => `n${one}=${addressOf(one)}`)
      const script = join(import.meta.dirname, 'testing/member.fixture.ts')
      const program = nodes.get(number)!.run(script, `n${number}`, addressOf(number), `${port}`, secret, ...members)
      programs.set(number, program)
      return program
    }

    const sees = (program: Program, wanted: Record<string, string>, position = 0) =>
      program.line<Line>(
        ({ members = {} }) => Object.entries(wanted).every(([name, state]) => members[name] === state),
        position,
      )

    /** All, with what each sees of the others. */
    async function startAll(): Promise<Program[]> {
      const all = numbers.map((number) => start(number))
      for (const [index, program] of all.entries()) {
        const others = numbers.filter((number) => number !== index + 1)
        await sees(program, Object.fromEntries(others.map((number) => [`n${number}`, 'alive serving'])))
      }
      return all
    }

    const linesOf = (program: Program, position: number, ...types: string[]) =>
      program.lines<Line>(position).filter(({ type }) => types.includes(type))

    it('hear each other, and nobody is refused', async () => {
      const all = await startAll()
      for (const program of all) expect(linesOf(program, 0, 'refused')).to.deep.equal([])
    })

    it('know that one was killed', async function () {
      const [one, two, three] = (await startAll()) as [Program, Program, Program]
      const killedMillis = Date.now()
      await three.stop()
      const seen = await Promise.all([one, two].map((program) => sees(program, { n3: 'dead serving' })))
      const millis = Math.max(...seen.map(({ atMillis }) => atMillis)) - killedMillis
      expect(millis).to.be.below(2_000) // usually below 120; the budget is in bench/
      this.test!.title += ` (${millis} ms)`
    })

    it('know the same one again when it is back', async () => {
      const [one, , three] = (await startAll()) as [Program, Program, Program]
      await three.stop()
      await sees(one, { n3: 'dead serving' })
      const { position } = one
      start(3)
      await sees(one, { n3: 'alive serving' }, position)
    })

    it('hear of one that leaves, which is gone soon', async () => {
      const [one, two, three] = (await startAll()) as [Program, Program, Program]
      const leftMillis = Date.now()
      three.send('leave')
      await Promise.all([one, two].map((program) => sees(program, { n3: 'dead leaving' })))
      expect(await three.exitCode()).to.equal(0)
      expect(Date.now() - leftMillis).to.be.below(3_000) // half a second, on a machine that has time
    })

    it('refuse one that has another secret', async () => {
      const [one, two] = [start(1), start(2)]
      start(3, 'another secret')
      await sees(one, { n2: 'alive serving' })
      await sees(two, { n1: 'alive serving' })
      await one.line<Line>(({ type, reason }) => type === 'refused' && reason === 'foreign')
      for (const { members } of one.lines<Line>(0)) expect(members?.['n3'] ?? 'absent starting').to.match(/^absent/)
    })

    it('refuse what was recorded on the wire and is sent again', async () => {
      const [one] = (await startAll()) as [Program]
      const { position } = one
      const script = join(import.meta.dirname, 'testing/replay.fixture.ts')
      hub.run(script, 'port1')
      const { reason } = await one.line<Line>(({ type }) => type === 'refused', position)
      expect(reason).to.equal('replayed')
      expect(linesOf(one, position, 'changed', 'back')).to.deep.equal([])
    })

    it('accuse nobody after standing still for a while, since they read first what came meanwhile', async () => {
      const [one] = (await startAll()) as [Program]
      const { position } = one
      for (let round = 0; round < 5; round++) {
        one.signal('SIGSTOP')
        await new Promise((resolve) => setTimeout(resolve, 600))
        one.signal('SIGCONT')
        const woken = one.position
        one.send('counters')
        await one.line<Line>(({ type }) => type === 'counters', woken)
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      for (const { members } of one.lines<Line>(position))
        expect(Object.values(members ?? {}).join()).not.to.contain('dead')
    })

    it('do not mind that the network is away for a while', async () => {
      const [one, two, three] = (await startAll()) as [Program, Program, Program]
      hub.ip('link set port3 down')
      await sees(one, { n3: 'dead serving' })
      await three.line<Line>(({ type }) => type === 'deaf')
      const positions = [one, two, three].map((program) => program.position)
      hub.ip('link set port3 up')
      await sees(one, { n3: 'alive serving' }, positions[0])
      await sees(three, { n1: 'alive serving', n2: 'alive serving' }, positions[2])
    })
  })
}
