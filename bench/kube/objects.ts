// Services and EndpointSlices as an API server sends them: field order, sizes and managedFields as in a real cluster.

interface Named {
  apiVersion: string
  kind: string
  metadata: Record<string, unknown>
}

const created = '2026-03-14T09:26:53Z'
const two = (index: number): string => `${(index >> 8) & 255}.${index & 255}`

function metadata(name: string, index: number, version: number, more: object): Record<string, unknown> {
  const uid = `6f0c1c1e-2b1d-4c39-9a53-${index.toString(16).padStart(12, '0')}`
  return {
    name,
    namespace: `team-${index % 40}`,
    uid,
    resourceVersion: String(version),
    creationTimestamp: created,
    ...more,
  }
}

function managed(manager: string, fields: object, subresource?: string): object {
  const status = subresource ? { subresource } : {}
  return {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: created,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...status,
  }
}

const leaf = {}
const serviceSpecFields = {
  'f:allocateLoadBalancerNodePorts': leaf,
  'f:externalTrafficPolicy': leaf,
  'f:internalTrafficPolicy': leaf,
  'f:ports': {
    '.': leaf,
    'k:{"port":80,"protocol":"TCP"}': {
      '.': leaf,
      'f:name': leaf,
      'f:port': leaf,
      'f:protocol': leaf,
      'f:targetPort': leaf,
    },
    'k:{"port":443,"protocol":"TCP"}': {
      '.': leaf,
      'f:name': leaf,
      'f:port': leaf,
      'f:protocol': leaf,
      'f:targetPort': leaf,
    },
  },
  'f:selector': leaf,
  'f:sessionAffinity': leaf,
  'f:type': leaf,
}
const labelFields = {
  'f:metadata': { 'f:labels': { '.': leaf, 'f:app.kubernetes.io/name': leaf, 'f:app.kubernetes.io/part-of': leaf } },
}

export function service(index: number, version: number): Named {
  const app = `app-${index}`
  const labels = { 'app.kubernetes.io/name': app, 'app.kubernetes.io/part-of': `team-${index % 40}`, tier: 'web' }
  const port = (name: string, number: number) => ({
    name,
    protocol: 'TCP',
    port: number,
    targetPort: number,
    nodePort: 30_000 + (index % 2_000),
  })
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(app, index, version, {
      labels,
      annotations: {
        'metallb.io/ip-allocated-from-pool': 'default',
        'example.com/owner': `team-${index % 40}@example.com`,
      },
      managedFields: [
        managed('kubectl-client-side-apply', { ...labelFields, 'f:spec': serviceSpecFields }),
        managed(
          'controller',
          { 'f:status': { 'f:conditions': leaf, 'f:loadBalancer': { 'f:ingress': leaf } } },
          'status',
        ),
      ],
    }),
    ...{
      spec: {
        ports: [port('http', 80), port('https', 443)],
        selector: { 'app.kubernetes.io/name': app },
        clusterIP: `10.96.${two(index)}`,
        clusterIPs: [`10.96.${two(index)}`],
        type: 'LoadBalancer',
        sessionAffinity: 'None',
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 31_000 + (index % 1_000),
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        allocateLoadBalancerNodePorts: true,
        internalTrafficPolicy: 'Cluster',
      },
      status: { loadBalancer: { ingress: [{ ip: `172.30.${two(index)}`, ipMode: 'VIP' }] } },
    },
  }
}

export function endpointSlice(index: number, version: number): Named {
  const app = `app-${index}`
  const name = `${app}-${(index * 7_919).toString(36).padStart(5, 'x').slice(-5)}`
  const endpoint = (replica: number) => ({
    addresses: [`10.244.${two(index * 2 + replica)}`],
    conditions: { ready: true, serving: true, terminating: false },
    targetRef: {
      kind: 'Pod',
      namespace: `team-${index % 40}`,
      name: `${app}-7d9c6b5f4d-${replica}${(index * 104_729).toString(36).slice(-4)}`,
      uid: `9a1b2c3d-0000-4000-8000-${(index * 2 + replica).toString(16).padStart(12, '0')}`,
    },
    nodeName: `worker-${(index + replica) % 30}`,
    zone: `zone-${replica}`,
  })
  const owner = {
    apiVersion: 'v1',
    kind: 'Service',
    name: app,
    uid: metadata(app, index, 0, {})['uid'],
    controller: true,
    blockOwnerDeletion: true,
  }
  const fields = {
    'f:addressType': leaf,
    'f:endpoints': leaf,
    'f:ports': leaf,
    'f:metadata': {
      'f:annotations': leaf,
      'f:generateName': leaf,
      'f:labels': leaf,
      'f:ownerReferences': { '.': leaf, [`k:{"uid":"${owner.uid}"}`]: leaf },
    },
  }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: metadata(name, index, version, {
      generation: 3,
      generateName: `${app}-`,
      labels: {
        'app.kubernetes.io/name': app,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': app,
      },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': created },
      ownerReferences: [owner],
      managedFields: [managed('kube-controller-manager', fields)],
    }),
    ...{
      addressType: 'IPv4',
      endpoints: [endpoint(0), endpoint(1)],
      ports: [
        { name: 'http', port: 80, protocol: 'TCP' },
        { name: 'https', port: 443, protocol: 'TCP' },
      ],
    },
  }
}
