import type { Suite } from './suite.ts'
import { admission } from './suites/admission.ts'
import { config } from './suites/config.ts'
import { controller } from './suites/controller.ts'
import { layer2 } from './suites/l2.ts'
import { layer2Packets } from './suites/l2-packets.ts'
import { operatorValidation } from './suites/operator-validation.ts'
import { serviceClass } from './suites/service-class.ts'

export const suites: ReadonlyMap<string, Suite> = new Map([
  ['admission', admission],
  ['config', config],
  ['controller', controller],
  ['l2', layer2],
  ['l2-packets', layer2Packets],
  ['operator-validation', operatorValidation],
  ['service-class', serviceClass],
])

/** Suites of the format that nothing here can be asked about, and why. */
export const pendingSuites: ReadonlyMap<string, string> = new Map([
  ['bgp', 'needs BGP, which is not in this version'],
  ['bgp-wire', 'needs BGP, which is not in this version'],
  ['conversion', 'is about a webhook that does not exist here: the API server converts (docs/differences.md)'],
])
