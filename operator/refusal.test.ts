import { expect } from 'chai'
import type { MetalLB } from '../crds/generated/types.ts'
import { refusalOf } from './refusal.ts'

type Spec = NonNullable<MetalLB['spec']>

const preferredNode = (weight: number) => ({
  affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, preference: {} }] } },
})
const podTerm = (weight: number) => ({
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: { topologyKey: 'x' } }],
})
const seconds = (tolerationSeconds: number, effect: string) => ({
  key: 'a',
  operator: 'Exists',
  effect,
  tolerationSeconds,
})

const accepted: [title: string, spec: Spec][] = [
  ['an empty spec', {}],
  ['an empty bgpBackend', { bgpBackend: '' }],
  ['bgpBackend native', { bgpBackend: 'native' }],
  ['bgpBackend frr, which our own engine serves', { bgpBackend: 'frr' }],
  ['toleration seconds with NoExecute', { speakerTolerations: [seconds(60, 'NoExecute')] }],
  ['zero toleration seconds with any effect', { controllerTolerations: [seconds(0, 'NoSchedule')] }],
  ['the least and the greatest weight', { controllerConfig: preferredNode(1), speakerConfig: preferredNode(100) }],
  [
    'any weight of pod anti-affinity, left to the API server',
    { speakerConfig: { affinity: { podAntiAffinity: podTerm(0) } } },
  ],
  ['prefixes to block', { frrk8sConfig: { alwaysBlock: ['10.0.0.0/8', '2001:db8::/32'] } }],
]

const refused: [title: string, spec: Spec, reason: string, message: RegExp][] = [
  ['frr-k8s', { bgpBackend: 'frr-k8s' }, 'UnsupportedBGPBackend', /^spec\.bgpBackend: .*"native"/],
  [
    'frr-k8s-external',
    { bgpBackend: 'frr-k8s-external', frrk8sConfig: { namespace: 'frr' } },
    'UnsupportedBGPBackend',
    /^spec\.bgpBackend: /,
  ],
  [
    'frr-k8s-external that nobody says the namespace of',
    { bgpBackend: 'frr-k8s-external' },
    'InvalidSpec',
    /^spec\.frrk8sConfig\.namespace: .*"frr-k8s-external"/,
  ],
  [
    'an invalid field also where the backend is not supported',
    { bgpBackend: 'frr-k8s', frrk8sConfig: { alwaysBlock: ['10.0.0.0'] } },
    'InvalidSpec',
    /^spec\.frrk8sConfig\.alwaysBlock\[0\]: /,
  ],
  ['an unknown backend', { bgpBackend: 'bird' }, 'InvalidSpec', /^spec\.bgpBackend: "bird" is none of native, frr/],
  [
    'an unknown toleration operator',
    { speakerTolerations: [{ key: 'a', operator: 'Bad' }] },
    'InvalidSpec',
    /^spec\.speakerTolerations\[0\]\.operator: "Bad" is neither/,
  ],
  [
    'a toleration without key and without Exists',
    { speakerTolerations: [{ effect: 'NoSchedule' }] },
    'InvalidSpec',
    /^spec\.speakerTolerations\[0\]\.operator: must be Exists/,
  ],
  [
    'a toleration with Exists and a value',
    { controllerTolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
    'InvalidSpec',
    /^spec\.controllerTolerations\[0\]\.value: must be empty/,
  ],
  [
    'an unknown toleration effect',
    { controllerTolerations: [{ key: 'a', effect: 'Never' }] },
    'InvalidSpec',
    /^spec\.controllerTolerations\[0\]\.effect: "Never" is none of/,
  ],
  [
    'toleration seconds without NoExecute for the controller',
    { controllerTolerations: [seconds(60, 'NoSchedule')] },
    'InvalidSpec',
    /^spec\.controllerTolerations\[0\]\.effect: .*NoExecute/,
  ],
  [
    'toleration seconds without NoExecute for speakers',
    { speakerTolerations: [seconds(1, 'NoExecute'), seconds(1, '')] },
    'InvalidSpec',
    /^spec\.speakerTolerations\[1\]\.effect: /,
  ],
  [
    'a node weight above 100',
    { controllerConfig: preferredNode(101) },
    'InvalidSpec',
    /^spec\.controllerConfig\.affinity\.nodeAffinity\.preferred\w+\[0\]\.weight: 101 /,
  ],
  [
    'a pod weight below 1',
    { speakerConfig: { affinity: { podAffinity: podTerm(0) } } },
    'InvalidSpec',
    /^spec\.speakerConfig\.affinity\.podAffinity\.preferred\w+\[0\]\.weight: 0 /,
  ],
  [
    'an address in place of a prefix',
    { frrk8sConfig: { alwaysBlock: ['10.0.0.0/8', '10.0.0.0'] } },
    'InvalidSpec',
    /^spec\.frrk8sConfig\.alwaysBlock\[1\]: "10\.0\.0\.0" /,
  ],
]

describe('refusal of a MetalLB resource', () => {
  for (const [title, spec] of accepted)
    it(`does not happen for ${title}`, () => expect(refusalOf(named('metallb', spec), '')).to.equal(undefined))

  for (const [title, spec, reason, message] of refused) {
    it(`happens for ${title}, naming the field`, () => {
      const refusal = refusalOf(named('metallb', spec), '')
      expect(refusal?.reason).to.equal(reason)
      expect(refusal?.message).to.match(message)
    })
  }

  it('takes the namespace of an external frr-k8s from the environment of the operator too', () => {
    const refusal = refusalOf(named('metallb', { bgpBackend: 'frr-k8s-external' }), 'frr-k8s-system')
    expect(refusal?.reason).to.equal('UnsupportedBGPBackend')
  })

  it('happens for another name, saying which one is right and what to do', () => {
    const refusal = refusalOf(named('main', { bgpBackend: 'bird' }), '')
    expect(refusal?.reason).to.equal('IncorrectMetalLBResourceName')
    expect(refusal?.message).to.match(/named "metallb".*create.*delete "main"/)
  })
})

const named = (name: string, spec: Spec): MetalLB => ({ metadata: { name, namespace: 'metallb-system' }, spec })
