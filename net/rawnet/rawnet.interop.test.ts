import { join } from 'node:path'
import { expect } from 'chai'
import { createTestNamespace, type Program, type TestNamespace } from '../test-namespace.ts'

interface Findings {
  descriptorsBefore: number
  descriptorsAfter: number
  descriptorsWhileOpen: number
  megabytesBefore: number
  megabytesAfter: number
  microsPerPacket: number
  called: boolean
  codeWhenDown: string
  receivedWhenUp: string
}

/** The heap's own movements stay below this; a leak of 10 bytes a packet would not. */
const flatMegabytes = 8

describe('rawnet on packet sockets, in a network namespace', () => {
  let namespace: TestNamespace

  before(() => {
    namespace = createTestNamespace()
    namespace.ip('link add v0 type veth peer name v1')
    namespace.ip('link set v0 up')
    namespace.ip('link set v1 up')
  })

  after(() => namespace?.remove())

  function run(scenario: string): Program {
    return namespace.run(join(import.meta.dirname, 'rawnet.fixture.ts'), scenario)
  }

  async function findingsOf(scenario: string): Promise<Findings> {
    const program = run(scenario)
    expect(await program.exitCode()).to.equal(0)
    return program.line<Findings>(() => true)
  }

  function expectFlat(findings: Findings): void {
    expect(findings.descriptorsAfter).to.equal(findings.descriptorsBefore)
    expect(findings.megabytesAfter).to.be.below(findings.megabytesBefore + flatMegabytes)
  }

  it('receives a million packets without growing', async function () {
    this.timeout(60_000)
    const findings = await findingsOf('million')
    expectFlat(findings)
    this.test!.title += ` (${findings.microsPerPacket.toFixed(2)} us a packet, sent and received)`
  })

  it('opens, watches and closes sockets without growing', async () => expectFlat(await findingsOf('sockets')))

  it('closes sockets that nobody closed when they are collected', async () => {
    const { descriptorsBefore, descriptorsWhileOpen, descriptorsAfter } = await findingsOf('abandoned')
    expect(descriptorsWhileOpen).to.equal(descriptorsBefore + 500)
    expect(descriptorsAfter).to.equal(descriptorsBefore)
  })

  it('does not collect a socket while it is watched, and lets the process exit with it', async () => {
    expect(await findingsOf('watchedOnly')).to.deep.equal({ called: true })
  })

  it('survives the end of twenty workers in the midst of traffic, and closes their sockets', async function () {
    this.timeout(60_000)
    expectFlat(await findingsOf('workers'))
  })

  it('goes on watching when the interface went down and came up', async () => {
    const program = run('downAndUp')
    await program.line(({ ready }: { ready?: string }) => ready === 'down')
    namespace.ip('link set v1 down')
    await program.line(({ ready }: { ready?: string }) => ready === 'up')
    namespace.ip('link set v1 up')
    program.send('go')
    const findings = await program.line(({ codeWhenDown }: Findings) => codeWhenDown !== undefined)
    expect(findings).to.deep.equal({ codeWhenDown: 'ENETDOWN', receivedWhenUp: '1 packet' })
    expect(await program.exitCode()).to.equal(0)
  })
})
