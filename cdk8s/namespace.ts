import type { V1Namespace } from '@kubernetes/client-node'
import type { Construct } from 'constructs'
import { add, chart } from './manifest.ts'

/** Pod Security: the speaker is on the host network with NET_RAW, which "baseline" refuses. */
export const podSecurityLabels: Readonly<Record<string, string>> = {
  'pod-security.kubernetes.io/enforce': 'privileged',
  'pod-security.kubernetes.io/audit': 'privileged',
  'pod-security.kubernetes.io/warn': 'privileged',
}

export function namespaceChart(scope: Construct, name: string): void {
  chart(scope, 'namespace', (objects) =>
    add<V1Namespace>(objects, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: podSecurityLabels } }),
  )
}
