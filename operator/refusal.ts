import type { MetalLB } from '../crds/generated/types.ts'
import { parsePrefix } from '../net/prefix.ts'

/** Why nothing of a MetalLB resource is applied, as its Degraded condition says it. */
export interface Refusal {
  readonly reason: string
  /** Names the field and what to do. */
  readonly message: string
}

type Spec = NonNullable<MetalLB['spec']>

export const metalLBName = 'metallb'

/**
 * The first thing wrong with the resource: its name, its spec, then what is valid and cannot be served.
 * @param frrK8sNamespace where frr-k8s is unless the spec says so; "" for unknown
 */
export function refusalOf(metallb: MetalLB, frrK8sNamespace: string): Refusal | undefined {
  const spec = metallb.spec ?? {}
  return wrongName(metallb.metadata?.name) ?? invalidSpec(spec, frrK8sNamespace) ?? unsupportedBackend(spec)
}

/** As MetalLB's operator refuses it at admission. */
export function invalidSpec(spec: Spec, frrK8sNamespace: string): Refusal | undefined {
  return wrongBackend(spec, frrK8sNamespace) ?? wrongField(spec)
}

function wrongName(name: string | undefined): Refusal | undefined {
  if (name === metalLBName) return undefined
  const message = `a MetalLB resource must be named "${metalLBName}": create it under that name and delete "${name}", which has no effect`
  return { reason: 'IncorrectMetalLBResourceName', message }
}

/** Our engine does all that MetalLB's FRR mode did, so "frr" needs no container of its own. */
const nativeBackends = ['', 'native', 'frr']
const externalBackend = 'frr-k8s-external'
const frrK8sBackends = ['frr-k8s', externalBackend]

function wrongBackend({ bgpBackend = '', frrk8sConfig }: Spec, frrK8sNamespace: string): Refusal | undefined {
  if (![...nativeBackends, ...frrK8sBackends].includes(bgpBackend)) {
    return invalid('bgpBackend', `"${bgpBackend}" is none of native, frr, frr-k8s, frr-k8s-external`)
  }
  if (bgpBackend === externalBackend && !frrk8sConfig?.namespace && frrK8sNamespace === '') {
    return invalid('frrk8sConfig.namespace', `must say where the frr-k8s is that "${externalBackend}" is to use`)
  }
  return undefined
}

function unsupportedBackend({ bgpBackend = '' }: Spec): Refusal | undefined {
  if (!frrK8sBackends.includes(bgpBackend)) return undefined
  const message = `spec.bgpBackend: "${bgpBackend}" is not supported yet: leave it empty or set it to "native"`
  return { reason: 'UnsupportedBGPBackend', message }
}

function wrongField(spec: Spec): Refusal | undefined {
  for (const check of fieldChecks) {
    const refusal = check(spec)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

const fieldChecks: readonly ((spec: Spec) => Refusal | undefined)[] = [
  (spec) => wrongToleration('controllerTolerations', spec.controllerTolerations),
  (spec) => wrongToleration('speakerTolerations', spec.speakerTolerations),
  (spec) => wrongWeight('controllerConfig', spec.controllerConfig),
  (spec) => wrongWeight('speakerConfig', spec.speakerConfig),
  (spec) => wrongPrefix('frrk8sConfig.alwaysBlock', spec.frrk8sConfig?.alwaysBlock),
]

type Toleration = NonNullable<Spec['speakerTolerations']>[number]

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** What the API server would refuse in the workload, where its path is not the user's. Undefined: the field is fine. */
const tolerationRules: { field: keyof Toleration; problem: (toleration: Toleration) => string | undefined }[] = [
  {
    field: 'operator',
    problem: ({ operator = 'Equal' }) =>
      ['Exists', 'Equal', ''].includes(operator) ? undefined : `"${operator}" is neither Exists nor Equal`,
  },
  {
    field: 'operator',
    problem: ({ key, operator }) =>
      key || operator === 'Exists' ? undefined : 'must be Exists where no key is given: it tolerates every taint',
  },
  {
    field: 'value',
    problem: ({ value, operator }) =>
      value && operator === 'Exists' ? 'must be empty with operator Exists' : undefined,
  },
  {
    field: 'effect',
    problem: ({ effect }) =>
      !effect || effects.includes(effect) ? undefined : `"${effect}" is none of ${effects.join(', ')}`,
  },
  {
    field: 'effect',
    problem: ({ effect, tolerationSeconds = 0 }) =>
      tolerationSeconds > 0 && effect !== 'NoExecute' ? 'tolerationSeconds needs the effect NoExecute' : undefined,
  },
]

function wrongToleration(list: string, tolerations: readonly Toleration[] = []): Refusal | undefined {
  for (const [index, toleration] of tolerations.entries()) {
    for (const { field, problem } of tolerationRules) {
      const text = problem(toleration)
      if (text !== undefined) return invalid(`${list}[${index}].${field}`, text)
    }
  }
  return undefined
}

/** Pod anti-affinity is left to the API server, as MetalLB's operator does. */
function wrongWeight(field: string, config: Spec['speakerConfig']): Refusal | undefined {
  for (const kind of ['nodeAffinity', 'podAffinity'] as const) {
    const preferences = config?.affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const index = preferences.findIndex(({ weight }) => weight < 1 || weight > 100)
    const path = `${field}.affinity.${kind}.preferredDuringSchedulingIgnoredDuringExecution[${index}].weight`
    if (index >= 0) return invalid(path, `${preferences[index]?.weight} is not within 1 to 100`)
  }
  return undefined
}

function wrongPrefix(field: string, texts: readonly string[] = []): Refusal | undefined {
  const index = texts.findIndex((text) => !isPrefix(text))
  return index < 0 ? undefined : invalid(`${field}[${index}]`, `"${texts[index]}" is not a prefix like 10.0.0.0/8`)
}

function isPrefix(text: string): boolean {
  try {
    parsePrefix(text)
    return true
  } catch {
    return false
  }
}

function invalid(field: string, problem: string): Refusal {
  return { reason: 'InvalidSpec', message: `spec.${field}: ${problem}` }
}
