import type { V1Service } from '@kubernetes/client-node'

export const namespace = 'metallb-system'

export interface CustomObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace: string; labels?: Record<string, string>; resourceVersion?: string }
  spec?: Record<string, unknown>
  status?: Record<string, unknown>
}

export const object = (kind: string, name: string, spec: object, version = 'v1beta1'): CustomObject => ({
  apiVersion: `metallb.io/${version}`,
  kind,
  metadata: { name, namespace },
  spec: spec as Record<string, unknown>,
})

const peerSpec = { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1' }
export const peer = (name: string, spec: object = {}, version = 'v1beta2') =>
  object('BGPPeer', name, { ...peerSpec, ...spec }, version)

export const pool = (name: string, spec: object) => object('IPAddressPool', name, spec)

export const service = (name: string, metadata: object = {}, spec: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default', ...metadata } },
  spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: name }, ...spec },
})

export function addressesIn({ status }: V1Service): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
}
