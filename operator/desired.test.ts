import type { V1Container, V1DaemonSet, V1Deployment, V1PodSpec } from '@kubernetes/client-node'
import { expect } from 'chai'
import { operatorDefaults } from '../cdk8s/values.ts'
import type { MetalLB } from '../crds/generated/types.ts'
import { desiredObjects } from './desired.ts'
import { defaultEnvironment, type Environment } from './environment.ts'

type Spec = NonNullable<MetalLB['spec']>

interface Desired {
  controller: Workload
  speaker: Workload
}

interface Workload {
  pod: V1PodSpec
  container: V1Container
  annotations: Record<string, string> | undefined
}

interface Row {
  title: string
  spec: Spec
  /** The part that the field decides. */
  of: (desired: Desired) => unknown
  is: unknown
}

const toleration = { key: 'edge', operator: 'Exists', effect: 'NoSchedule' }
const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } } }
const resources = { limits: { memory: '200Mi' } }
const controlPlane = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master']

const effects: Row[] = [
  {
    title: 'logLevel is a flag of the controller',
    spec: { logLevel: 'debug' },
    of: ({ controller }) => argument(controller, 'log-level'),
    is: 'debug',
  },
  {
    title: 'logLevel is a flag of the speaker',
    spec: { logLevel: 'none' },
    of: ({ speaker }) => argument(speaker, 'log-level'),
    is: 'none',
  },
  { title: 'logLevel is info by default', spec: {}, of: ({ speaker }) => argument(speaker, 'log-level'), is: 'info' },
  {
    title: 'loadBalancerClass is a flag of both',
    spec: { loadBalancerClass: 'example.com/lan' },
    of: ({ controller, speaker }) => [controller, speaker].map((workload) => argument(workload, 'lb-class')),
    is: ['example.com/lan', 'example.com/lan'],
  },
  {
    title: 'without loadBalancerClass there is no such flag',
    spec: {},
    of: ({ controller }) => argument(controller, 'lb-class'),
    is: undefined,
  },
  {
    title: 'nodeSelector limits speakers, to Linux nodes still',
    spec: { nodeSelector: { edge: 'yes' } },
    of: ({ speaker }) => speaker.pod.nodeSelector,
    is: { edge: 'yes', 'kubernetes.io/os': 'linux' },
  },
  {
    title: 'nodeSelector does not concern the controller',
    spec: { nodeSelector: { edge: 'yes' } },
    of: ({ controller }) => controller.pod.nodeSelector,
    is: { 'kubernetes.io/os': 'linux' },
  },
  {
    title: 'controllerNodeSelector limits the controller',
    spec: { controllerNodeSelector: { infra: '' } },
    of: ({ controller }) => controller.pod.nodeSelector,
    is: { infra: '', 'kubernetes.io/os': 'linux' },
  },
  {
    title: 'speakerTolerations come after those for the control plane',
    spec: { speakerTolerations: [toleration] },
    of: ({ speaker }) => speaker.pod.tolerations?.map(({ key }) => key),
    is: [...controlPlane, 'edge'],
  },
  {
    title: 'controllerTolerations are the only ones of the controller',
    spec: { controllerTolerations: [toleration] },
    of: ({ controller }) => controller.pod.tolerations,
    is: [toleration],
  },
  {
    title: 'image has no effect',
    spec: { image: 'example.com/other:1' },
    of: ({ controller, speaker }) => [controller.container.image, speaker.container.image],
    is: [defaultEnvironment.controllerImage, defaultEnvironment.speakerImage],
  },
  ...(['controller', 'speaker'] as const).flatMap((component): Row[] => [
    {
      title: `${component}Config.priorityClassName reaches the pod`,
      spec: { [`${component}Config`]: { priorityClassName: 'system-node-critical' } },
      of: (desired) => desired[component].pod.priorityClassName,
      is: 'system-node-critical',
    },
    {
      title: `${component}Config.runtimeClassName reaches the pod`,
      spec: { [`${component}Config`]: { runtimeClassName: 'crun' } },
      of: (desired) => desired[component].pod.runtimeClassName,
      is: 'crun',
    },
    {
      title: `${component}Config.annotations reach the pod`,
      spec: { [`${component}Config`]: { annotations: { team: 'net' } } },
      of: (desired) => desired[component].annotations,
      is: { team: 'net' },
    },
    {
      title: `${component}Config.affinity reaches the pod`,
      spec: { [`${component}Config`]: { affinity } },
      of: (desired) => desired[component].pod.affinity,
      is: affinity,
    },
    {
      title: `${component}Config.resources reach the container ${component}`,
      spec: { [`${component}Config`]: { resources } },
      of: (desired) => [desired[component].container.name, desired[component].container.resources],
      is: [component, resources],
    },
    {
      title: `without ${component}Config there is neither priority nor runtime class`,
      spec: {},
      of: (desired) => [desired[component].pod.priorityClassName, desired[component].pod.runtimeClassName],
      is: [undefined, undefined],
    },
  ]),
]

describe('desired objects', () => {
  for (const { title, spec, of, is } of effects) it(title, () => expect(of(desired(spec))).to.deep.equal(is))

  it('are owned by the resource, so that deleting it deletes them', () => {
    for (const { kind, metadata } of objectsOf({})) {
      expect(metadata.ownerReferences, kind).to.deep.equal([
        {
          apiVersion: 'metallb.io/v1beta1',
          kind: 'MetalLB',
          name: 'metallb',
          uid: 'u-1',
          controller: true,
          blockOwnerDeletion: true,
        },
      ])
    }
  })

  it('carry the label by which the operator finds them again', () => {
    for (const { metadata } of objectsOf({}))
      expect(metadata.labels).to.include({ 'app.kubernetes.io/managed-by': 'metallb-operator' })
  })

  it('are all namespaced, since an owner in a namespace cannot own anything else', () => {
    for (const { metadata } of objectsOf({})) expect(metadata.namespace).to.equal('metallb-system')
  })

  it("do not put the operator's label into selectors, which are immutable", () => {
    for (const { spec } of objectsOf({})) expect(JSON.stringify(spec ?? {})).not.to.contain('managed-by')
  })

  it("use the secret name of MetalLB's operator, which differs from that of its manifests", () => {
    const env = desired({}).controller.container.env
    expect(env).to.deep.include({ name: 'METALLB_ML_SECRET_NAME', value: 'metallb-memberlist' })
    expect(operatorDefaults.memberListSecret).to.equal('metallb-memberlist')
  })

  it('take images, ports and TLS settings from the environment of the operator', () => {
    const environment: Environment = {
      namespace: 'lb',
      controllerImage: 'r.io/c:1',
      speakerImage: 'r.io/s:1',
      memberListPort: 1,
      metricsPort: 2,
      livenessPort: 3,
      tls: { minVersion: 'VersionTLS12', cipherSuites: '', curvePreferences: '' },
      frrK8sNamespace: '',
    }
    const { controller, speaker } = desired({}, environment)
    expect([controller.container.image, speaker.container.image]).to.deep.equal(['r.io/c:1', 'r.io/s:1'])
    expect(speaker.container.env).to.deep.include({ name: 'METALLB_ML_BIND_PORT', value: '1' })
    for (const workload of [controller, speaker]) {
      expect(argument(workload, 'port')).to.equal('2')
      expect(argument(workload, 'health-probe-port')).to.equal('3')
      expect(argument(workload, 'tls-min-version')).to.equal('VersionTLS12')
    }
  })
})

function objectsOf(spec: Spec, environment = defaultEnvironment) {
  const metadata = { name: 'metallb', namespace: environment.namespace, uid: 'u-1' }
  return desiredObjects({ metadata, spec }, environment)
}

function desired(spec: Spec, environment?: Environment): Desired {
  const objects = objectsOf(spec, environment)
  const workload = (kind: string): Workload => {
    const { template } = (objects.find((object) => object.kind === kind) as V1Deployment | V1DaemonSet).spec!
    return {
      pod: template.spec!,
      container: template.spec!.containers[0]!,
      annotations: template.metadata?.annotations,
    }
  }
  return { controller: workload('Deployment'), speaker: workload('DaemonSet') }
}

function argument({ container }: Workload, flag: string): string | undefined {
  const prefix = `--${flag}=`
  return container.args?.find((text) => text.startsWith(prefix))?.slice(prefix.length)
}
