import { readdirSync, readFileSync } from 'node:fs'
import type { V1CustomResourceDefinition } from '@kubernetes/client-node'
import type { Construct } from 'constructs'
import { parse } from 'yaml'
import { add, chart } from './manifest.ts'

export type CustomResourceDefinition = V1CustomResourceDefinition & { apiVersion: string; kind: string }

/** The generated definitions, by name. Reads files of the source tree: for the build, not for a running process. */
export function customResourceDefinitions(): CustomResourceDefinition[] {
  const folder = new URL('../crds/generated/manifests/', import.meta.url)
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'))
  return files.sort().map((file) => parse(readFileSync(new URL(file, folder), 'utf8')))
}

export function customResourceDefinitionsChart(
  scope: Construct,
  definitions: readonly CustomResourceDefinition[],
): void {
  chart(scope, 'crds', (objects) => {
    for (const definition of definitions) add<V1CustomResourceDefinition>(objects, definition)
  })
}
