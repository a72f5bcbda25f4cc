import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { effective, readSettings } from './settings.ts'

describe('the settings of the kernel', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'settings-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }

  it('are read for all and for each interface, also where a name has a dot', async () => {
    write('net/ipv4/conf/all/rp_filter', '2\n')
    write('net/ipv4/conf/eth0.100/arp_ignore', '1\n')
    const settings = await readSettings(['eth0.100'], root)
    expect([...settings]).to.deep.equal([
      ['net/ipv4/conf/all/rp_filter', 2],
      ['net/ipv4/conf/eth0.100/arp_ignore', 1],
    ])
  })

  it('are absent where there is no file, no number, or no right to read', async () => {
    write('net/core/rmem_max', 'many\n')
    write('net/core/optmem_max/is-a-folder', '')
    expect([...(await readSettings(['eth0'], root))]).to.deep.equal([])
    expect([...(await readSettings(['eth0'], join(root, 'absent')))]).to.deep.equal([])
  })

  it('hold by the greater one of all and the interface', () => {
    const settings = new Map([
      ['net/ipv4/conf/all/rp_filter', 2],
      ['net/ipv4/conf/eth0/rp_filter', 1],
      ['net/ipv4/conf/eth1/arp_ignore', 1],
    ])
    expect(effective(settings, 'eth0', 'rp_filter')).to.equal(2)
    expect(effective(settings, 'eth1', 'arp_ignore')).to.equal(1)
    expect(effective(settings, 'gone', 'rp_filter')).to.equal(undefined)
  })
})
