import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import type { clusterServiceVersion } from '../cdk8s/cluster-service-version.ts'
import { FastLab } from '../hack/lab/fast.ts'

type ClusterServiceVersion = ReturnType<typeof clusterServiceVersion>

const root = join(import.meta.dirname, '..')
const manifests = join(root, 'dist/bundle/manifests')
const csvFile = join(manifests, 'metallb-operator.clusterserviceversion.yaml')
/** OLM's own definitions, beside the checkout: they are not ours to ship. */
const olm = join(root, '../shared/olm')
const namespace = 'metallb-system'

describe('the OLM bundle', function () {
  this.timeout(60_000)
  let lab: FastLab
  const csv: ClusterServiceVersion = parse(readFileSync(csvFile, 'utf8'))

  before(async function () {
    if (!existsSync(olm)) {
      console.log(`      skipped: OLM's custom resource definitions are not in ${olm}`)
      this.skip()
    }
    lab = await FastLab.start({ nodes: 1 })
    await lab.kubectl(['create', 'namespace', namespace])
    await lab.kubectl(['apply', '--server-side', '-f', olm])
    await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
  })
  after(() => lab?.stop())

  it("has a cluster service version that OLM's definition accepts, with no field that it does not know", async () => {
    await lab.kubectl(['-n', namespace, 'create', '--validate=strict', '-f', csvFile])
    const stored: ClusterServiceVersion = JSON.parse(
      await lab.kubectl(['-n', namespace, 'get', 'clusterserviceversion', csv.metadata.name, '-o', 'json']),
    )
    expect(stored.spec.install.spec.deployments[0]?.name).to.equal('metallb-operator-controller-manager')
  })

  it('has a deployment and roles that the API server accepts when OLM makes them', async () => {
    const { deployments, permissions } = csv.spec.install.spec
    const metadata = (name: string) => ({ name, namespace })
    const roles = permissions.map(({ serviceAccountName, rules }) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: metadata(serviceAccountName),
      rules,
    }))
    const workloads = deployments.map(({ name, spec }) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata(name),
      spec,
    }))
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...roles, ...workloads] })
    await lab.kubectl(['create', '--validate=strict', '-f', '-'], { input: list })
  })

  it('has the definitions it says it owns, and examples that they accept', async () => {
    const files = readdirSync(manifests).filter((file) => file.endsWith('.metallb.io.yaml'))
    for (const file of files) await lab.kubectl(['apply', '--server-side', '-f', join(manifests, file)])
    await lab.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
    const owned = new Set(csv.spec.customresourcedefinitions.owned.map(({ name }) => `${name}.yaml`))
    expect([...owned]).to.have.members(files)
    for (const example of JSON.parse(csv.metadata.annotations['alm-examples']))
      await lab.kubectl(['create', '--validate=strict', '-f', '-'], { input: JSON.stringify(example) })
  })

  it('names its package and channel where OLM looks for them', () => {
    const { annotations } = parse(readFileSync(join(root, 'dist/bundle/metadata/annotations.yaml'), 'utf8'))
    expect(annotations).to.include({
      'operators.operatorframework.io.bundle.package.v1': 'metallb-operator',
      'operators.operatorframework.io.bundle.channel.default.v1': 'alpha',
      'operators.operatorframework.io.bundle.mediatype.v1': 'registry+v1',
    })
  })
})
