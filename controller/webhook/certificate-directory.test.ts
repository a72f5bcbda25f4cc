import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { CertificatePair } from '../../daemon/serving-certificate.ts'
import { recordingLogger } from '../../daemon/testing/recording-logger.ts'
import { createIssued } from '../../daemon/x509.ts'
import { systemClock } from '../../kube/clock.ts'
import { settle, VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { followDirectory } from './certificate-directory.ts'

const issue = () =>
  createIssued({ host: 'webhook.svc', notBefore: new Date(), notAfter: new Date(Date.now() + 60_000) })

describe('certificates that somebody else keeps in a directory', () => {
  let directory: string
  const { log, lines } = recordingLogger()
  const cleanUps: (() => unknown)[] = []

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'metallb-test-'))
    cleanUps.push(() => rm(directory, { recursive: true }))
  })
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
  })

  async function write({ cert, key }: CertificatePair): Promise<void> {
    await writeFile(join(directory, 'tls.key'), key)
    await writeFile(join(directory, 'tls.crt'), cert)
  }

  function follow(clock = systemClock) {
    const served: string[] = []
    let onServe = () => {}
    const serve = ({ cert }: CertificatePair) => {
      served.push(cert)
      onServe()
    }
    const followed = followDirectory({ directory, serve, log, clock })
    cleanUps.push(() => followed.stop())
    const next = () =>
      new Promise<void>((resolve) => {
        onServe = resolve
      })
    return { served, next, ...followed }
  }

  it('are served', async () => {
    const certificate = await issue()
    await write(certificate)
    const { trusted, served } = follow()
    await trusted
    expect(served).to.deep.equal([certificate.cert])
  })

  it('are served anew when they change', async () => {
    await write(await issue())
    const { trusted, served, next } = follow()
    await trusted
    const [renewed, changed] = [await issue(), next()]
    await write(renewed)
    await changed
    expect(served.at(-1)).to.equal(renewed.cert)
  })

  it('may come later; what is missing is logged with the flag', async () => {
    const clock = new VirtualClock()
    const { trusted, served } = follow(clock)
    while (!lines.some(({ err }) => String(err).includes('--cert-dir'))) await settle()
    expect(served).to.have.length(0)
    await write(await issue())
    let arrived = false
    void trusted.then(() => {
      arrived = true
    })
    while (!arrived) await clock.advance(100)
    expect(served).to.have.length(1)
  })
})
