import { join } from 'node:path'
import { expect } from 'chai'
import { FastLab } from '../hack/lab/fast.ts'

const install = join(import.meta.dirname, '../dist/install')

describe('the install manifests', function () {
  this.timeout(60_000)
  let lab: FastLab

  before(async () => {
    lab = await FastLab.start({ nodes: 1 })
  })
  after(() => lab?.stop())

  for (const file of ['metallb-operator.yaml', 'metallb-native.yaml', 'metallb-webhook.yaml']) {
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

  describe('in a namespace that enforces Pod Security "restricted"', () => {
    const pod = async (workload: string): Promise<string> => {
      const { spec } = JSON.parse(await lab.kubectl(['-n', 'metallb-system', 'get', workload, '-o', 'json']))
      const metadata = { name: 'trial', namespace: 'restricted' }
      const object = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata,
        spec: { ...spec.template.spec, serviceAccountName: 'any' },
      }
      return lab.kubectl(['create', '--dry-run=server', '-f', '-'], { input: JSON.stringify(object) })
    }

    before(async () => {
      await lab.kubectl(['create', 'namespace', 'restricted'])
      await lab.kubectl(['label', 'namespace', 'restricted', 'pod-security.kubernetes.io/enforce=restricted'])
      await lab.kubectl(['-n', 'restricted', 'create', 'serviceaccount', 'any'])
    })

    for (const workload of [
      'deployment/metallb-operator-controller-manager',
      'deployment/controller',
      'deployment/webhook',
    ])
      it(`the pod of ${workload} is admitted`, async () => expect(await pod(workload)).to.contain('created'))

    it('the pod of daemonset/speaker is not: it needs the network of the host and NET_RAW', async () => {
      const refusal = await pod('daemonset/speaker').catch(String)
      expect(refusal).to.match(
        /violates PodSecurity "restricted.*host namespaces.*unrestricted capabilities.*"NET_RAW"/,
      )
    })
  })

  it('metallb.yaml is a MetalLB resource that the definition accepts', async () => {
    await lab.kubectl(['apply', '--validate=strict', '-f', join(install, 'metallb.yaml')])
  })
})
