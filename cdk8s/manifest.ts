import type { KubernetesObject, V1OwnerReference } from '@kubernetes/client-node'
import { ApiObject, App, Chart } from 'cdk8s'
import type { Construct } from 'constructs'

/** An object as it is applied: plain JSON, keys sorted, no undefined values. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: ManifestMetadata
  [field: string]: unknown
}

interface ManifestMetadata {
  name: string
  namespace?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: V1OwnerReference[]
}

/** `T` as it may be written in a chart: undefined means "leave it out". */
type Draft<T> = T extends object ? { readonly [K in keyof T]: Draft<T[K]> | undefined } : T

/** Adds one object to a chart. The kind is its id, so a chart holds one object of a kind and name. */
export function add<T extends KubernetesObject>(
  chart: Construct,
  object: Draft<T> & { apiVersion: string; kind: string },
): void {
  const props: unknown = object // cdk8s types metadata its own way
  new ApiObject(chart, `${object.kind}-${object.metadata?.name}`, props as ConstructorParameters<typeof ApiObject>[2])
}

/** A chart groups the objects of one component; `define` adds them. */
export function chart(scope: Construct, id: string, define: (chart: Chart) => void): void {
  define(new Chart(scope, id))
}

/** The objects of all charts that `define` makes, in the order in which it makes them. */
export function synthesize(define: (scope: Construct) => void): Manifest[] {
  const app = new App()
  define(app)
  return app.node.children.flatMap((child) => Chart.of(child).toJson() as Manifest[])
}
