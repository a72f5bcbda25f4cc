import type { V1ConfigMap, V1Container, V1DaemonSet, V1Deployment, V1PodSpec } from '@kubernetes/client-node'
import { expect } from 'chai'
import { operatorInstallation } from './installations.ts'
import type { Manifest } from './manifest.ts'
import { operands } from './operands.ts'
import { defaults, type Values } from './values.ts'

describe('operands', () => {
  it('are the controller, the speakers and the list of excluded interfaces, all in the namespace', () => {
    const objects = operands({ ...defaults, namespace: 'lb' })
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).to.deep.equal([
      'Deployment lb/controller',
      'ConfigMap lb/metallb-excludel2',
      'DaemonSet lb/speaker',
    ])
  })

  it("keep MetalLB's selectors, which are immutable, so that a take-over keeps its workloads", () => {
    expect(controllerOf(defaults).spec?.selector.matchLabels).to.deep.equal({ app: 'metallb', component: 'controller' })
    expect(speakerOf(defaults).spec?.selector.matchLabels).to.deep.equal({ app: 'metallb', component: 'speaker' })
  })

  it('leave out what has no value, since an empty list would be a drift for ever', () => {
    expect(JSON.stringify(operands(defaults))).not.to.match(/:(\[\]|\{\}|null|"")/)
  })

  it('end within a grace period, so that they can hand over', () => {
    for (const pod of [podOf(controllerOf(defaults)), podOf(speakerOf(defaults))])
      expect(pod.terminationGracePeriodSeconds).to.be.within(1, 10)
  })

  it('name a TLS setting only when there is one', () => {
    const tls = { minVersion: 'VersionTLS12', cipherSuites: '', curvePreferences: '29' }
    const args = containerOf(controllerOf({ ...defaults, tls })).args
    expect(args).to.include.members(['--tls-min-version=VersionTLS12', '--tls-curve-preferences=29'])
    expect(args?.join(' ')).not.to.contain('cipher')
  })
})

describe('the controller', () => {
  it('satisfies Pod Security "restricted"', () => expectRestricted(podOf(controllerOf(defaults))))

  it('has as many replicas as wanted, on different nodes if it can be', () => {
    expect(controllerOf(defaults).spec?.replicas).to.equal(1)
    const deployment = controllerOf({ ...defaults, controllerReplicas: 3 })
    expect(deployment.spec?.replicas).to.equal(3)
    expect(podOf(deployment).topologySpreadConstraints?.[0]).to.deep.include({
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: deployment.spec!.selector,
    })
  })

  it('has a successor that is ready before it goes', () => {
    expect(controllerOf(defaults).spec?.strategy?.rollingUpdate).to.deep.equal({ maxSurge: 1, maxUnavailable: 0 })
  })

  it('makes the secret that the speakers mount', () => {
    const made = containerOf(controllerOf(defaults)).env?.find(({ name }) => name === 'METALLB_ML_SECRET_NAME')?.value
    const volume = podOf(speakerOf(defaults)).volumes?.find(({ name }) => name === 'memberlist')
    expect(made).to.equal('memberlist').and.to.equal(volume?.secret?.secretName)
  })

  it('answers probes on the liveness port', () => {
    const container = containerOf(controllerOf({ ...defaults, livenessPort: 1234 }))
    expect(container.args).to.include('--health-probe-port=1234')
    expect(container.livenessProbe?.httpGet).to.deep.equal({ path: '/healthz', port: 1234 })
    expect(container.readinessProbe?.httpGet).to.deep.equal({ path: '/readyz', port: 1234 })
  })
})

describe('the speaker', () => {
  const pod = podOf(speakerOf(defaults))
  const container = containerOf(speakerOf(defaults))

  it('has the capability NET_RAW and no other, as uid 0, since a non-root user with it gets EPERM', () => {
    expect(container.securityContext).to.deep.equal({
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_RAW'], drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsUser: 0,
    })
  })

  it('shares the network of its node, and is probed there on the loopback address', () => {
    expect(pod.hostNetwork).to.equal(true)
    expect(container.livenessProbe?.httpGet?.host).to.equal('127.0.0.1')
    expect(container.readinessProbe?.httpGet?.host).to.equal('127.0.0.1')
  })

  it('runs on control-plane nodes too', () => {
    const keys = pod.tolerations?.map(({ key, effect }) => `${key}:${effect}`)
    expect(keys).to.deep.equal([
      'node-role.kubernetes.io/control-plane:NoSchedule',
      'node-role.kubernetes.io/master:NoSchedule',
    ])
  })

  it('offers the member list over TCP and UDP on its port', () => {
    const { ports, env } = containerOf(speakerOf({ ...defaults, memberListPort: 7000 }))
    const memberList = ports?.filter(({ containerPort }) => containerPort === 7000).map(({ protocol }) => protocol)
    expect(memberList).to.deep.equal(['TCP', 'UDP'])
    expect(env).to.deep.include({ name: 'METALLB_ML_BIND_PORT', value: '7000' })
  })

  it('finds the excluded interfaces under the name that its configuration file has', () => {
    const configMap = find<V1ConfigMap>(operands(defaults), 'ConfigMap')
    expect(Object.keys(configMap.data ?? {})).to.deep.equal(['excludel2.yaml'])
    expect(configMap.data?.['excludel2.yaml']).to.match(/^announcedInterfacesToExclude:\n- \^docker\.\*\n/)
    expect(container.volumeMounts).to.deep.include({ mountPath: '/etc/metallb', name: 'excludel2', readOnly: true })
  })
})

describe('the operator', () => {
  const deployment = find<V1Deployment>(operatorInstallation([]), 'Deployment')

  it('satisfies Pod Security "restricted"', () => expectRestricted(podOf(deployment)))

  it('elects a leader, and knows its namespace and the images of the operands', () => {
    const { args, env } = containerOf(deployment)
    expect(args).to.include('--enable-leader-election')
    expect(env?.map(({ name }) => name)).to.include.members(['OPERATOR_NAMESPACE', 'CONTROLLER_IMAGE', 'SPEAKER_IMAGE'])
  })
})

function expectRestricted(pod: V1PodSpec): void {
  expect(pod.hostNetwork, 'hostNetwork').to.equal(undefined)
  expect(pod.securityContext).to.deep.include({ runAsNonRoot: true, runAsUser: 65534 })
  expect(pod.securityContext?.seccompProfile).to.deep.equal({ type: 'RuntimeDefault' })
  for (const { securityContext } of pod.containers) {
    expect(securityContext?.capabilities).to.deep.equal({ drop: ['ALL'] })
    expect(securityContext).to.deep.include({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true })
  }
}

function controllerOf(values: Values): V1Deployment {
  return find(operands(values), 'Deployment')
}

function speakerOf(values: Values): V1DaemonSet {
  return find(operands(values), 'DaemonSet')
}

function podOf(workload: V1Deployment | V1DaemonSet): V1PodSpec {
  return workload.spec!.template.spec!
}

function containerOf(workload: V1Deployment | V1DaemonSet): V1Container {
  return podOf(workload).containers[0]!
}

function find<T>(objects: Manifest[], kind: string): T {
  return objects.find((object) => object.kind === kind) as T
}
