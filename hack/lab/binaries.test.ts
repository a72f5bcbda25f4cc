import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import sinon from 'sinon'
import { requireBinaries } from './binaries.ts'

describe('test binaries', () => {
  let directory: string
  const place = (path: string, mode = 0o755) => {
    writeFileSync(path, '')
    chmodSync(path, mode)
    return path
  }
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'metallb-ts-'))
    sinon.stub(process, 'env').value({ PATH: directory, XDG_CACHE_HOME: join(directory, 'cache') })
  })
  afterEach(() => {
    sinon.restore()
    rmSync(directory, { recursive: true })
  })

  it('are taken from KUBEBUILDER_ASSETS, and nothing is made', async () => {
    process.env['KUBEBUILDER_ASSETS'] = directory
    const etcd = place(join(directory, 'etcd'))
    expect(await requireBinaries(['etcd'])).to.deep.equal({ etcd })
    expect(existsSync(join(directory, 'cache'))).to.equal(false)
  })

  it('include the kubectl on the PATH, but no other program there', async () => {
    const kubectl = place(join(directory, 'kubectl'))
    expect(await requireBinaries(['kubectl'])).to.deep.equal({ kubectl })
    place(join(directory, 'etcd'))
    expect(await failure(['etcd'])).to.equal(
      'etcd: to be built with Go, which is not on the PATH; or set KUBEBUILDER_ASSETS',
    )
  })

  it('that cannot be executed do not count', async () => {
    process.env['KUBEBUILDER_ASSETS'] = directory
    place(join(directory, 'etcd'), 0o644)
    expect(await failure(['etcd', 'kubectl'])).to.match(/^etcd, kubectl: to be built/)
  })
})

const failure = (names: Parameters<typeof requireBinaries>[0]) =>
  requireBinaries(names).then(
    () => 'found',
    (error: Error) => error.message,
  )
