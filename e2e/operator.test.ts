import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { V1ConfigMap, V1DaemonSet, V1Deployment, V1Lease } from '@kubernetes/client-node'
import { expect } from 'chai'
import { leaderElectionLease } from '../cdk8s/permissions.ts'
import type { MetalLB } from '../crds/generated/types.ts'
import type { LabProcess } from '../hack/lab/processes.ts'
import { until } from '../hack/lab/wait.ts'
import { writeLenientDefinitions } from './crds.fixture.ts'
import { Installation } from './installation.fixture.ts'
import { namespace, object } from './objects.fixture.ts'

const root = join(import.meta.dirname, '..')

interface Read {
  deployment: V1Deployment
  daemonset: V1DaemonSet
  configmap: V1ConfigMap
  metallb: MetalLB
  lease: V1Lease
}

/** The operator's process with the rights of its own service account. No controllers and no kubelets: the test is these. */
describe('the operator at a real API server', function () {
  this.timeout(60_000)
  let metallb: Installation
  let serviceAccount: string
  let operator: LabProcess
  const operators: LabProcess[] = []

  const kubectl = (...argv: string[]) => metallb.kubectl(...argv)
  const read = async <K extends keyof Read>(kind: K, name: string): Promise<Read[K]> =>
    metallb.read(kind, name, namespace)
  const exists = async (kind: string, name: string) =>
    (await kubectl('get', kind, name, '--ignore-not-found', '-o', 'name')) !== ''
  const applyMetalLB = (spec: object, name = 'metallb') => metallb.apply(object('MetalLB', name, spec))
  const patchStatus = (resource: string, name: string, status: object) =>
    kubectl('patch', resource, name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }))

  function startOperator(...flags: string[]): LabProcess {
    const argv = [process.execPath, join(root, 'operator/main.ts'), '--port=0', ...flags]
    const env = { ...process.env, OPERATOR_NAMESPACE: namespace }
    const started = metallb.lab.node(1).spawn(argv, { env, serviceAccount, name: 'operator' })
    operators.push(started)
    return started
  }

  const conditionOf = async (type: string, name = 'metallb') =>
    (await read('metallb', name)).status?.conditions?.find((condition) => condition.type === type)

  async function reports(type: string, reason: string, message: RegExp, name?: string): Promise<void> {
    await until(`${type} because of ${reason}`, async () => {
      const condition = await conditionOf(type, name)
      return condition?.status === 'True' && condition.reason === reason && message.test(condition.message)
    })
  }

  /** What the controllers of a whole cluster would write once all pods are ready. */
  async function rollOut(): Promise<void> {
    const { generation: controller } = (await read('deployment', 'controller')).metadata!
    const { generation: speaker } = (await read('daemonset', 'speaker')).metadata!
    const one = { replicas: 1, readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 }
    await patchStatus('deployment', 'controller', { observedGeneration: controller, ...one })
    const counts = { currentNumberScheduled: 2, desiredNumberScheduled: 2, numberReady: 2, updatedNumberScheduled: 2 }
    await patchStatus('daemonset', 'speaker', { observedGeneration: speaker, numberMisscheduled: 0, ...counts })
  }

  before(async () => {
    metallb = await Installation.start({ manifest: 'metallb-operator.yaml' })
    await installLenientDefinition()
    serviceAccount = await metallb.lab.serviceAccountDirectory(namespace, 'manager-account')
    operator = startOperator()
  })
  after(() => metallb?.stop())

  it('makes a Deployment and a DaemonSet of one MetalLB resource', async () => {
    await kubectl('apply', '-f', join(root, 'dist/install/metallb.yaml'))
    const daemonSet = await until('the DaemonSet', () => read('daemonset', 'speaker'))
    const deployment = await read('deployment', 'controller')
    const { uid } = (await read('metallb', 'metallb')).metadata!
    for (const { metadata } of [daemonSet, deployment, await read('configmap', 'metallb-excludel2')])
      expect(metadata?.ownerReferences?.map((owner) => [owner.uid, owner.controller])).to.deep.equal([[uid, true]])
    expect(daemonSet.spec?.template.spec?.hostNetwork).to.equal(true)
    expect(deployment.spec?.template.spec?.containers[0]?.args).to.include('--log-level=info')
  })

  it('says Progressing until the pods are ready, then Available', async () => {
    await reports('Progressing', 'Progressing', /controller not started; speaker not started/)
    await rollOut()
    await reports('Available', 'Available', /^controller 1\/1 ready; speaker 2\/2 ready$/)
    expect((await conditionOf('Upgradeable'))?.status).to.equal('True')
    expect((await conditionOf('Progressing'))?.status).to.equal('False')
  })

  it('passes an edit on, and is Progressing again at once', async () => {
    const tolerations = [{ key: 'edge', operator: 'Exists', effect: 'NoSchedule' }]
    await applyMetalLB({ logLevel: 'debug', nodeSelector: { edge: 'yes' }, speakerTolerations: tolerations })
    const { generation } = (await read('metallb', 'metallb')).metadata!
    const condition = await until('the condition of the new generation', async () => {
      const found = await conditionOf('Progressing')
      return found?.observedGeneration === generation ? found : undefined
    })
    expect(condition.status).to.equal('True')
    const { spec } = (await read('daemonset', 'speaker')).spec!.template
    expect(spec?.nodeSelector).to.deep.equal({ edge: 'yes', 'kubernetes.io/os': 'linux' })
    expect(spec?.tolerations?.map(({ key }) => key)).to.include('edge')
    expect(spec?.containers[0]?.args).to.include('--log-level=debug')
    expect((await read('deployment', 'controller')).spec?.template.spec?.containers[0]?.args).to.include(
      '--log-level=debug',
    )
  })

  it('takes back what the resource no longer says', async () => {
    await applyMetalLB({})
    await until('the old node selector', async () => {
      const { spec } = (await read('daemonset', 'speaker')).spec!.template
      return spec?.nodeSelector?.['edge'] === undefined && spec?.containers[0]?.args?.includes('--log-level=info')
    })
    await rollOut()
    await reports('Available', 'Available', /2\/2/)
  })

  it('puts back what somebody edited or deleted, and leaves alone what they added', async () => {
    await kubectl('annotate', 'deployment', 'controller', 'team=net')
    await kubectl('patch', 'deployment', 'controller', '--type=merge', '-p', '{"spec":{"replicas":3}}')
    await until('one replica', async () => (await read('deployment', 'controller')).spec?.replicas === 1)
    await spoilList()
    const { uid } = (await read('daemonset', 'speaker')).metadata!
    await kubectl('delete', 'daemonset', 'speaker')
    await until('a new DaemonSet', async () => (await read('daemonset', 'speaker')).metadata?.uid !== uid)
    expect((await read('deployment', 'controller')).metadata?.annotations).to.include({ team: 'net' })
    expect(operator.output()).to.contain('put back what somebody else changed')
  })

  it('writes nothing at rest', async () => {
    await rollOut()
    await reports('Available', 'Available', /2\/2/)
    const objects = ['metallb/metallb', 'deployment/controller', 'daemonset/speaker', 'configmap/metallb-excludel2']
    const versions = () => kubectl('get', ...objects, '-o', 'jsonpath={.items[*].metadata.resourceVersion}')
    const before = await versions()
    await spoilList() // a reason for a pass
    await refusedOther() // after that pass: there is one at a time
    expect((await versions()).split(' ').slice(0, 3)).to.deep.equal(before.split(' ').slice(0, 3))
    await kubectl('delete', 'metallb', 'other')
  })

  it('refuses a resource of another name with a condition that says which name is right', async () => {
    await refusedOther()
    expect((await conditionOf('Available', 'other'))?.status).to.equal('False')
    await kubectl('delete', 'metallb', 'other')
  })

  it('refuses an invalid spec, keeps what runs, and recovers', async () => {
    const { generation } = (await read('daemonset', 'speaker')).metadata!
    await applyMetalLB({ bgpBackend: 'bird', logLevel: 'debug' })
    await reports('Degraded', 'InvalidSpec', /^spec\.bgpBackend: "bird"/)
    expect((await read('daemonset', 'speaker')).metadata?.generation).to.equal(generation)
    await applyMetalLB({})
    await reports('Available', 'Available', /2\/2/)
  })

  it('says why pods do not start', async () => {
    const container = { name: 'speaker', image: 'nowhere.example/none:1' }
    const metadata = { name: 'speaker-x', namespace, labels: { app: 'metallb', component: 'speaker' } }
    await metallb.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { serviceAccountName: 'speaker', containers: [container] },
    })
    const state = { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } }
    const status = { ...container, imageID: '', ready: false, restartCount: 0, state }
    await patchStatus('pod', 'speaker-x', { containerStatuses: [status] })
    await reports('Degraded', 'ImagePullBackOff', /^speaker: 1 of 1 pods, .*no such image/)
    await kubectl('delete', 'pod', 'speaker-x', '--grace-period=0', '--force')
    await reports('Available', 'Available', /2\/2/)
  })

  it('reports what the API server refuses, and tries again', async () => {
    await applyMetalLB({ controllerConfig: { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } } })
    await reports('Degraded', 'ApplyFailed', /cannot apply Deployment controller.*must be less than or equal to/)
    await applyMetalLB({})
    await reports('Available', 'Available', /2\/2/)
  })

  it('deletes what it made for an earlier spec, and nothing else', async () => {
    const { uid } = (await read('metallb', 'metallb')).metadata!
    const owner = { apiVersion: 'metallb.io/v1beta1', kind: 'MetalLB', name: 'metallb', uid, controller: true }
    const labels = { 'app.kubernetes.io/managed-by': 'metallb-operator' }
    const configMap = (name: string, metadata: object) =>
      metallb.apply({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace, ownerReferences: [owner], ...metadata },
      })
    await configMap('frr-startup', {})
    await configMap('stale', { labels })
    await until('the stale one is gone', async () => !(await exists('configmap', 'stale')))
    expect(await exists('configmap', 'frr-startup'), 'left by MetalLB').to.equal(true)
  })

  it('makes nothing again once the resource is deleted', async () => {
    await kubectl('delete', 'metallb', 'metallb')
    await kubectl('delete', 'deployment', 'controller')
    await kubectl('delete', 'daemonset', 'speaker')
    await refusedOther()
    expect(await exists('deployment', 'controller')).to.equal(false)
    expect(await exists('daemonset', 'speaker')).to.equal(false)
    await kubectl('delete', 'metallb', 'other')
  })

  it('never asked for what its roles do not allow', () => {
    for (const { output } of operators) expect(output()).not.to.match(/forbidden/i)
  })

  it('hands over to a stand-by that holds the lease next', async () => {
    await operator.stop()
    const first = startOperator('--enable-leader-election')
    const holder = async () => (await read('lease', leaderElectionLease)).spec?.holderIdentity || undefined
    const leader = await until('a leader', holder)
    const second = startOperator('--enable-leader-election')
    await until('the stand-by watches', () => second.output().includes('starting'))
    expect(await first.stop()).to.deep.equal({ code: 0, signal: null })
    const next = await until('another leader', async () => {
      const now = await holder()
      return now === leader ? undefined : now
    })
    expect(next).not.to.equal(leader)
    await applyMetalLB({})
    await until('the DaemonSet', () => exists('daemonset', 'speaker'))
    expect(await second.stop()).to.deep.equal({ code: 0, signal: null })
  })

  /** Resolves when the operator has put the list of excluded interfaces back. */
  async function spoilList(): Promise<void> {
    const name = 'metallb-excludel2'
    await kubectl('patch', 'configmap', name, '--type=merge', '-p', '{"data":{"excludel2.yaml":"spoilt"}}')
    await until('the list', async () => (await read('configmap', name)).data?.['excludel2.yaml'] !== 'spoilt')
  }

  /** The operator is the second line: it refuses what was stored before the definition had rules. */
  async function installLenientDefinition(): Promise<void> {
    const directory = writeLenientDefinitions()
    const definition = join(directory, 'metallbs.yaml')
    await kubectl('apply', '--server-side', '--force-conflicts', '-f', definition)
    rmSync(directory, { recursive: true })
    await until('the definition without rules is in force', () =>
      metallb.send(['create', '--dry-run=server'], object('MetalLB', 'other', {})).then(
        () => true,
        () => false,
      ),
    )
  }

  async function refusedOther(): Promise<void> {
    await applyMetalLB({}, 'other')
    await reports('Degraded', 'IncorrectMetalLBResourceName', /must be named "metallb"/, 'other')
  }
})
