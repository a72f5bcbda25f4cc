import { expect } from 'chai'
import { violationsIn } from './imports.ts'

const reasons = (file: string, source: string) => violationsIn(file, source).map(({ reason }) => reason)

describe('import rules', () => {
  it('refuses an import that goes against the arrows', () => {
    expect(reasons('net/address.ts', "import { connect } from '../kube/client.ts'")).to.deep.equal([
      'net/ may import nothing of ours',
    ])
  })
  it('lets a folder import itself and its neighbours of the table', () => {
    const source = "import { a } from './prefix.ts'\nimport type { B } from '../net/address.ts'"
    expect(reasons('config/parse.ts', source)).to.deep.equal([])
  })
  it('tells the subfolders of speaker apart', () => {
    const source = "import { b } from '../bgp/open.ts'"
    expect(reasons('speaker/main.ts', source.replace('../', './'))).to.deep.equal([])
    expect(reasons('speaker/layer2/arp.ts', source)).to.deep.equal(['speaker/layer2/ may import net'])
  })
  it('sees imports that span lines, re-exports and dynamic imports', () => {
    const kube = '../kube/client.ts'
    for (const source of [
      `import {\n  a,\n  b,\n} from '${kube}'`,
      `export { a } from '${kube}'`,
      `await import('${kube}')`,
    ]) {
      expect(reasons('net/a.ts', source), source).to.have.length(1)
    }
  })
  it('keeps a package in its folder, types excepted', () => {
    expect(reasons('speaker/main.ts', "import { KubeConfig } from '@kubernetes/client-node'")).to.have.length(1)
    expect(reasons('speaker/main.ts', "import type { V1Node } from '@kubernetes/client-node'")).to.deep.equal([])
  })
  it('lets tests use the lab', () => {
    const source = "import { FastLab } from '../hack/lab/fast.ts'"
    expect(reasons('kube/watcher.test.ts', source)).to.deep.equal([])
    expect(reasons('kube/watcher.ts', source)).to.have.length(1)
  })
  it('demands that a new folder is put in the table', () => {
    expect(reasons('other/a.ts', "import a from './b.ts'")).to.deep.equal([
      'the folder is not in the table of hack/check/imports.ts',
    ])
  })
})
