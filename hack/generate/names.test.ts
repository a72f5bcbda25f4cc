import { expect } from 'chai'
import { resourceName, typeName } from './names.ts'
import type { Kind, Version } from './source.ts'

const stored = { name: 'v1beta2', storage: true } as Version
const older = { name: 'v1beta1', storage: false } as Version
const kindOf = (kind: string, plural: string) => ({ kind, plural, singular: kind.toLowerCase() }) as Kind

describe('names', () => {
  const rows: [kind: string, plural: string, resource: string][] = [
    ['IPAddressPool', 'ipaddresspools', 'ipAddressPools'],
    ['BGPPeer', 'bgppeers', 'bgpPeers'],
    ['L2Advertisement', 'l2advertisements', 'l2Advertisements'],
    ['Community', 'communities', 'communities'],
    ['ServiceL2Status', 'servicel2statuses', 'serviceL2Statuses'],
    ['MetalLB', 'metallbs', 'metalLBs'],
  ]
  for (const [kind, plural, resource] of rows) {
    it(`calls the descriptor of ${kind} ${resource}`, () => {
      expect(resourceName(kindOf(kind, plural), stored)).to.equal(resource)
    })
  }

  it('adds the version to the names of a version that is not the stored one', () => {
    expect(typeName(kindOf('BGPPeer', 'bgppeers'), older)).to.equal('BGPPeerV1beta1')
    expect(resourceName(kindOf('BGPPeer', 'bgppeers'), older)).to.equal('bgpPeersV1beta1')
  })
})
