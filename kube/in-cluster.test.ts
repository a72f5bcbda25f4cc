import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { inCluster, tokenFile } from './in-cluster.ts'
import { VirtualClock } from './testing/virtual-clock.ts'

describe('token file', () => {
  let directory: string
  const path = () => join(directory, 'token')

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'token-'))
    writeFileSync(path(), 'first\n')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('is read again every minute, and not before', async () => {
    const clock = new VirtualClock()
    const credentials = tokenFile(path(), clock)
    expect(credentials.authorization()).to.equal('Bearer first')
    writeFileSync(path(), 'second')
    await clock.advance(59_999)
    expect(credentials.authorization()).to.equal('Bearer first')
    await clock.advance(1)
    expect(credentials.authorization()).to.equal('Bearer second')
  })

  it('is read again at once after the server refused it', () => {
    const credentials = tokenFile(path(), new VirtualClock())
    void credentials.authorization()
    writeFileSync(path(), 'second')
    credentials.forget()
    expect(credentials.authorization()).to.equal('Bearer second')
  })
})

describe('the API server as a pod sees it', () => {
  it('is named as missing where the kubelet gave no address', () => {
    expect(() => inCluster({})).to.throw('KUBERNETES_SERVICE_HOST is not set in this pod')
  })
})
