import type { V1ServiceSpec } from '@kubernetes/client-node'

/**
 * Services may share an address when their keys are equal: the annotation's value, and who answers on which node.
 * With externalTrafficPolicy Local only equal pod selectors are sure to be served by the same nodes.
 */
export function sharingKey(annotation: string, spec: V1ServiceSpec | undefined): string | undefined {
  if (annotation === '') return undefined
  const backend = spec?.externalTrafficPolicy === 'Local' ? canonicalText(spec.selector ?? {}) : ''
  return `${backend} ${annotation}` // a selector has no blanks: no annotation can pass for one
}

function canonicalText(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')
}
