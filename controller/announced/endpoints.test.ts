import type { V1EndpointSlice } from '@kubernetes/client-node'
import { expect } from 'chai'
import { ObjectStore } from '../../kube/store.ts'
import { EndpointTable, type KeptSlice, keepSlices } from './endpoints.ts'

const endpoint = (nodeName: string | undefined, conditions: object) => ({
  addresses: ['10.244.0.9'],
  nodeName,
  conditions,
})

let version = 0
const slice = (name: string, service: string, ...endpoints: object[]): V1EndpointSlice =>
  ({
    metadata: {
      ...{ namespace: 'default', name, resourceVersion: `${++version}`, uid: 'uid', managedFields: [{}] },
      labels: { 'kubernetes.io/service-name': service, app: 'web' },
    },
    ...{ addressType: 'IPv4', ports: [{ port: 80 }], endpoints },
  }) as V1EndpointSlice

const ready = { ready: true }

describe('what is kept of an EndpointSlice', () => {
  it('is its Service, and the nodes with an endpoint that can take traffic', () => {
    const kept = keepSlices()(
      slice(
        'web-1',
        'web',
        endpoint('n2', ready),
        endpoint('n1', {}),
        endpoint('n2', ready),
        endpoint('n3', { ready: false }),
      ),
    )
    expect(kept).to.deep.equal({
      metadata: { namespace: 'default', name: 'web-1', resourceVersion: `${version}` },
      ...{ service: 'default/web', any: true, nodes: ['n1', 'n2'] },
    })
  })

  it('counts an endpoint that terminates and still serves, and one of which nobody knows where it is', () => {
    const keep = keepSlices()
    expect(keep(slice('web-1', 'web', endpoint('n1', { ready: false, serving: true })))).to.include({ any: true })
    expect(keep(slice('web-1', 'web', endpoint(undefined, ready)))).to.deep.include({ any: true, nodes: [] })
    expect(keep({ metadata: { name: 'empty' } } as V1EndpointSlice)).to.deep.include({ any: false, nodes: [] })
  })
})

describe('endpoints by Service', () => {
  let store: ObjectStore<KeptSlice>
  let table: EndpointTable
  let changed: string[]
  const keep = keepSlices()
  const put = (...args: Parameters<typeof slice>) => store.apply(keep(slice(...args)))
  const of = (service: string) => {
    const { any, nodes } = table.of(`default/${service}`)
    return [any, ...nodes].join(' ')
  }

  beforeEach(() => {
    store = new ObjectStore()
    put('web-1', 'web', endpoint('n1', ready))
    put('web-2', 'web', endpoint('n2', ready))
    put('mail-1', 'mail')
    changed = []
    table = new EndpointTable(store, (service) => changed.push(service))
  })

  it('are those of all its slices', () => {
    expect([of('web'), of('mail'), of('none')]).to.deep.equal(['true n1 n2', 'false', 'false'])
    store.remove('default/web-1')
    expect(of('web')).to.equal('true n2')
    store.remove('default/web-2')
    expect(of('web')).to.equal('false')
    expect(changed).to.deep.equal(['default/web', 'default/web'])
  })

  it('are not told of when nothing changes that counts', () => {
    put('web-1', 'web', endpoint('n1', ready), endpoint('n1', ready), endpoint('n9', { ready: false }))
    expect(changed).to.deep.equal([])
    put('web-1', 'web', endpoint('n3', ready))
    expect([changed, of('web')]).to.deep.equal([['default/web'], 'true n2 n3'])
  })

  it('follow a slice to another Service', () => {
    put('web-1', 'mail', endpoint('n1', ready))
    expect([of('web'), of('mail')]).to.deep.equal(['true n2', 'true n1'])
    expect(changed).to.have.members(['default/web', 'default/mail'])
  })

  it('are not followed after the end', () => {
    table.stop()
    put('web-1', 'web')
    expect(changed).to.deep.equal([])
  })
})
