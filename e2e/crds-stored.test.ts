import { rmSync } from 'node:fs'
import { expect } from 'chai'
import { DefinitionsLab, manifests, refusalOf, writeLenientDefinitions } from './crds.fixture.ts'
import { type CustomObject, object, peer } from './objects.fixture.ts'

const status = { assignedIPv4: 0, assignedIPv6: 0, availableIPv4: 0, availableIPv6: 0 }
const condition = { reason: 'X', message: '', lastTransitionTime: '2026-01-15T09:30:00Z' }

/** A stored object, then what may still be done with it, and what is refused until the mistake is mended. */
interface Row {
  resource: string
  stored: CustomObject
  allowed: object[]
  status?: object
  refused?: { change: object; answer: RegExp }
  mended: object
}

const rows: Record<string, Row> = {
  'a pool of which each address is wrong': {
    resource: 'ipaddresspool',
    stored: object('IPAddressPool', 'pool', { addresses: ['192.0.2.1', '192.0.2.9-192.0.2.8'] }),
    allowed: [{ autoAssign: false }, { serviceAllocation: { priority: 1 } }],
    status: { ...status, conditions: [{ type: 'Valid', status: 'False', ...condition }] },
    refused: { change: { addresses: ['192.0.2.1', '192.0.2.9-192.0.2.8', '192.0.2.32/28'] }, answer: /addresses\[1\]/ },
    mended: { addresses: ['192.0.2.1/32'] },
  },
  'a pool for one namespace twice': {
    resource: 'ipaddresspool',
    stored: object('IPAddressPool', 'twice', {
      addresses: ['192.0.2.0/24'],
      serviceAllocation: { namespaces: ['a', 'a'] },
    }),
    allowed: [{ addresses: ['192.0.2.0/25'] }, { serviceAllocation: { priority: 1 } }],
    status,
    refused: { change: { serviceAllocation: { namespaces: ['a', 'a', 'b'] } }, answer: /twice/ },
    mended: { serviceAllocation: { namespaces: ['a', 'b'] } },
  },
  'a peer with a field that is wrong by itself': {
    resource: 'bgppeer',
    stored: peer('field', { routerID: '2001:db8::1', holdTime: '1s' }),
    allowed: [{ bfdProfile: 'fast' }, { nodeSelectors: [{ matchLabels: { rack: 'r1' } }] }],
    refused: { change: { holdTime: '2s' }, answer: /spec\.holdTime/ },
    mended: { routerID: null, holdTime: '3s' },
  },
  'a peer of which two fields contradict each other': {
    resource: 'bgppeer',
    stored: peer('fields', { password: 'a', passwordSecret: { name: 'b' } }),
    allowed: [],
    refused: { change: { bfdProfile: 'fast' }, answer: /give either password or passwordSecret/ },
    mended: { password: null },
  },
  'an advertisement with a negative preference': {
    resource: 'bgpadvertisement',
    stored: object('BGPAdvertisement', 'negative', { localPref: -1 }),
    allowed: [{ peers: ['a'] }],
    mended: { localPref: 0 },
  },
  'a MetalLB of another name': {
    resource: 'metallb',
    stored: object('MetalLB', 'other', { bgpBackend: 'bird' }),
    allowed: [{ logLevel: 'debug' }],
    status: { conditions: [{ type: 'Degraded', status: 'True', ...condition }] },
    refused: { change: { bgpBackend: 'quagga' }, answer: /write native/ },
    mended: { bgpBackend: 'native' },
  },
}

describe('objects from before the definitions had rules', function () {
  this.timeout(60_000)
  let lab: DefinitionsLab
  const lenient = writeLenientDefinitions()

  before(async () => {
    lab = await DefinitionsLab.start(lenient)
    for (const { stored } of Object.values(rows)) await lab.create(stored)
    await lab.install(manifests)
    await lab.rulesInForce()
  })
  after(async () => {
    rmSync(lenient, { recursive: true })
    await lab?.stop()
  })

  for (const [what, { resource, stored, allowed, status: reported, refused, mended }] of Object.entries(rows)) {
    describe(what, () => {
      const { name } = stored.metadata
      const change = (spec: object) => lab.patch(resource, name, { spec })

      it('takes a label', () => lab.patch(resource, name, { metadata: { labels: { tier: 'public' } } }))
      if (reported) {
        it('takes a status', () => lab.patch(resource, name, { status: reported }, '--subresource=status'))
      }
      for (const spec of allowed) it(`takes ${JSON.stringify(spec)}`, () => change(spec))
      if (refused) {
        it('takes no other mistake', async () => {
          expect(await refusalOf(change(refused.change))).to.match(refused.answer)
        })
      }
      it('takes its correction', () => change(mended))
      it('can be deleted', () => lab.kubectl(['delete', resource, name]))
    })
  }
})
