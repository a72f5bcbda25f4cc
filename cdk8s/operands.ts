import { controllerChart } from './controller.ts'
import { type Manifest, synthesize } from './manifest.ts'
import { speakerChart } from './speaker.ts'
import type { Values } from './values.ts'

/** What serves the cluster: the operator applies these, and an installation without an operator has them in its file. */
export function operands(values: Values): Manifest[] {
  return synthesize((scope) => {
    controllerChart(scope, values)
    speakerChart(scope, values)
  })
}
