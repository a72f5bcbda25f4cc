import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1Role,
  V1RoleBinding,
  V1ServiceAccount,
} from '@kubernetes/client-node'
import type { Chart } from 'cdk8s'
import type { Construct } from 'constructs'
import { add, chart } from './manifest.ts'
import type { Permissions } from './permissions.ts'

const apiVersion = 'rbac.authorization.k8s.io/v1'
const labels = { app: 'metallb' }

/** A service account with its roles and bindings. */
export function rbacChart(scope: Construct, namespace: string, permissions: Permissions): void {
  chart(scope, `rbac-${permissions.role}`, (objects) => {
    const metadata = { name: permissions.serviceAccount, namespace, labels }
    add<V1ServiceAccount>(objects, { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
    if (permissions.cluster.length > 0) addClusterRole(objects, namespace, permissions)
    addRole(objects, namespace, permissions)
  })
}

function addClusterRole(objects: Chart, namespace: string, permissions: Permissions): void {
  const metadata = { name: `${namespace}:${permissions.role}`, labels }
  const rules = [...permissions.cluster]
  add<V1ClusterRole>(objects, { apiVersion, kind: 'ClusterRole', metadata, rules })
  add<V1ClusterRoleBinding>(objects, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
    subjects: subjects(namespace, permissions),
  })
}

function addRole(objects: Chart, namespace: string, permissions: Permissions): void {
  const metadata = { name: permissions.role, namespace, labels }
  add<V1Role>(objects, { apiVersion, kind: 'Role', metadata, rules: [...permissions.namespace] })
  add<V1RoleBinding>(objects, {
    apiVersion,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
    subjects: subjects(namespace, permissions),
  })
}

function subjects(namespace: string, permissions: Permissions) {
  return [{ kind: 'ServiceAccount', name: permissions.serviceAccount, namespace }]
}
