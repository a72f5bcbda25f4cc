import { join } from 'node:path'
import { FastLab } from '../hack/lab/fast.ts'

const install = join(import.meta.dirname, '../dist/install')

describe('the install manifests', function () {
  this.timeout(60_000)
  let lab: FastLab

  before(async () => {
    lab = await FastLab.start({ nodes: 1 })
  })
  after(() => lab?.stop())

  for (const file of ['metallb-operator.yaml', 'metallb-native.yaml']) {
    it(`${file} is applied by a plain kubectl apply, and shows no difference afterwards`, async () => {
      const path = join(install, file)
      await lab.kubectl(['apply', '--validate=strict', '-f', path])
      await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
      await lab.kubectl(['diff', '-f', path]) // exits 1 when there is one
    })

    it(`${file} shows no difference to a server-side apply either`, async () => {
      const path = join(install, file)
      await lab.kubectl(['apply', '--server-side', '--force-conflicts', '-f', path])
      await lab.kubectl(['diff', '--server-side', '-f', path])
    })
  }

  it('metallb.yaml is a MetalLB resource that the definition accepts', async () => {
    await lab.kubectl(['apply', '--validate=strict', '-f', join(install, 'metallb.yaml')])
  })
})
