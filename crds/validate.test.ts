import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import type { BGPPeerV1beta1, IPAddressPool, MetalLB } from './generated/types.ts'
import { findProblems } from './validate.ts'

const examples = join(import.meta.dirname, 'examples')

const pool = (spec: object) => ({ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', spec })
const peer = (spec: object, version = 'v1beta2') => ({
  apiVersion: `metallb.io/${version}`,
  kind: 'BGPPeer',
  spec: { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', ...spec },
})
const metalLB = (spec: object) => ({ apiVersion: 'metallb.io/v1beta1', kind: 'MetalLB', spec })
const state = (condition: object) => ({
  apiVersion: 'metallb.io/v1beta1',
  kind: 'ConfigurationState',
  status: {
    conditions: [
      { type: 'A', status: 'True', reason: 'B', message: '', lastTransitionTime: '2026-01-15T09:30:00Z', ...condition },
    ],
  },
})

describe('findProblems', () => {
  for (const name of readdirSync(examples)) {
    it(`accepts the example ${name}`, () => {
      expect(findProblems(parse(readFileSync(join(examples, name), 'utf8')))).to.deep.equal([])
    })
  }

  it('accepts objects that have the generated types', () => {
    const typedPool: IPAddressPool = {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      spec: { addresses: ['192.0.2.0/24'], serviceAllocation: { priority: 1, namespaces: ['shop'] } },
    }
    const typedPeer: BGPPeerV1beta1 = {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'BGPPeer',
      spec: { myASN: 1, peerASN: 2, peerAddress: '192.0.2.1', nodeSelectors: [{ matchLabels: { rack: 'r1' } }] },
    }
    const typedMetalLB: MetalLB = {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'MetalLB',
      spec: { logLevel: 'debug', speakerConfig: { resources: { limits: { memory: '96Mi' } } } },
    }
    for (const object of [typedPool, typedPeer, typedMetalLB]) expect(findProblems(object)).to.deep.equal([])
  })

  const refused: [string, unknown, string, string][] = [
    ['a missing field', pool({}), 'spec', 'addresses is required'],
    ['a missing spec', pool(undefined as unknown as object), '', 'spec is required'],
    ['a misspelt field', pool({ addresses: ['192.0.2.0/24'], autoasign: true }), 'spec', 'unknown field autoasign'],
    ['an empty list', pool({ addresses: [] }), 'spec.addresses', 'must have at least 1 items'],
    [
      'a list that is too long',
      pool({ addresses: Array(10001).fill('') }),
      'spec.addresses',
      'must have at most 10000',
    ],
    ['another type', pool({ addresses: [7] }), 'spec.addresses[0]', 'must be of type string'],
    ['a port below the limit', peer({ peerPort: -1 }), 'spec.peerPort', 'must be at least 0'],
    ['a port above the limit', peer({ peerPort: 16385 }), 'spec.peerPort', 'must be at most 16384'],
    ['a value outside of a list', peer({ dynamicASN: 'x' }), 'spec.dynamicASN', 'must be one of internal, external'],
    [
      'a v1beta1 selector without values',
      peer({ nodeSelectors: [{ matchExpressions: [{ key: 'a', operator: 'In', values: [] }] }] }, 'v1beta1'),
      'spec.nodeSelectors[0].matchExpressions[0].values',
      'must have at least 1 items',
    ],
    [
      'a number beyond int32',
      {
        apiVersion: 'metallb.io/v1beta1',
        kind: 'BGPAdvertisement',
        spec: { localPref: 2 ** 31 },
      },
      'spec.localPref',
      'must be written as int32',
    ],
    ['a class that is no label', metalLB({ loadBalancerClass: '-' }), 'spec.loadBalancerClass', 'must match ^('],
    [
      'a reason without letters',
      state({ reason: '' }),
      'status.conditions[0].reason',
      'must have at least 1 characters',
    ],
    [
      'a time that is none',
      state({ lastTransitionTime: 'noon' }),
      'status.conditions[0].lastTransitionTime',
      'must be written as date-time',
    ],
    ['a foreign kind', { apiVersion: 'v1', kind: 'Pod' }, '', 'there is no kind Pod in v1'],
    ['nothing at all', null, '', 'there is no kind undefined in undefined'],
  ]
  for (const [name, object, field, message] of refused) {
    it(`refuses ${name}`, () => {
      const [problem] = findProblems(object)
      expect(problem?.field).to.equal(field)
      expect(problem?.message).to.satisfy((text: string) => text.startsWith(message), problem?.message)
    })
  }

  it('reports every problem of an object, not only the first', () => {
    expect(findProblems(peer({ peerPort: -1, colour: 'red', vrf: 1 }))).to.have.length(3)
  })

  it('counts characters, not UTF-16 units', () => {
    const message = '\u{1f6a6}'.repeat(32768)
    expect(findProblems(state({ message }))).to.deep.equal([])
    expect(findProblems(state({ message: `${message}x` }))).to.have.length(1)
  })
})
