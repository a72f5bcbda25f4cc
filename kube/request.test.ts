import { expect } from 'chai'
import { nodes, services } from './core.ts'
import * as request from './request.ts'

const web = { namespace: 'web', name: 'frontend' }

describe('requests', () => {
  it('address an object of the core group, of a named group and of the cluster', () => {
    expect(request.getRequest(services, web)).to.eql({
      what: 'get services web/frontend',
      method: 'GET',
      path: '/api/v1/namespaces/web/services/frontend',
    })
    const group = { group: 'example.com', version: 'v1beta1', plural: 'things', kind: 'Thing', namespaced: true }
    expect(request.getRequest(group, web).path).to.equal('/apis/example.com/v1beta1/namespaces/web/things/frontend')
    expect(request.getRequest(nodes, { name: 'n1' }).path).to.equal('/api/v1/nodes/n1')
  })

  it('ask for one page of a selection', () => {
    const selection = { namespace: 'web', labelSelector: 'app in (a,b)', fieldSelector: '' }
    const { path, what } = request.listRequest(services, selection, { limit: 250, token: 'abc=' })
    expect(what).to.equal('list services web')
    expect(path).to.equal('/api/v1/namespaces/web/services?labelSelector=app+in+%28a%2Cb%29&limit=250&continue=abc%3D')
    expect(request.listRequest(services, {}, {}).path).to.equal('/api/v1/services')
  })

  it('watch from a version, or from the initial events', () => {
    const from = request.watchRequest(services, {}, { resourceVersion: '7', timeoutSeconds: 300 }).path
    expect(from).to.equal('/api/v1/services?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=7')
    const initial = request.watchRequest(services, {}, { resourceVersion: undefined, timeoutSeconds: 300 }).path
    expect(initial).to.match(/sendInitialEvents=true&resourceVersionMatch=NotOlderThan$/)
  })

  it('say apiVersion and kind in a body, and leave managedFields to the server', () => {
    const object = { metadata: { ...web, managedFields: [{ manager: 'x' }] }, spec: { type: 'LoadBalancer' } }
    const { path, body, method } = request.createRequest(services, object)
    expect([method, path]).to.eql(['POST', '/api/v1/namespaces/web/services'])
    expect(JSON.parse(body ?? '')).to.eql({ apiVersion: 'v1', kind: 'Service', metadata: web, spec: object.spec })
  })

  it('update the status by its own path', () => {
    expect(request.updateRequest(services, { metadata: web }, 'status')).to.include({
      method: 'PUT',
      path: '/api/v1/namespaces/web/services/frontend/status',
    })
  })

  it('apply with the field manager, and by force only on request', () => {
    const applied = request.applyRequest(services, { metadata: web }, { fieldManager: 'me' })
    expect(applied).to.include({ method: 'PATCH', contentType: 'application/apply-patch+yaml' })
    expect(applied.path).to.match(/frontend\?fieldManager=me$/)
    expect(request.applyRequest(services, { metadata: web }, { fieldManager: 'me', force: true }).path).to.match(
      /&force=true$/,
    )
  })

  for (const [type, contentType] of [
    ['json', 'application/json-patch+json'],
    ['merge', 'application/merge-patch+json'],
    ['strategic', 'application/strategic-merge-patch+json'],
  ] as const) {
    it(`send a ${type} patch as ${contentType}`, () => {
      const patch = request.patchRequest(services, web, { type, body: {}, subresource: 'status' })
      expect(patch).to.include({ contentType, path: '/api/v1/namespaces/web/services/frontend/status' })
    })
  }

  it('delete only the object with the given uid', () => {
    const { body } = request.deleteRequest(services, web, { uid: 'u1', propagationPolicy: 'Foreground' })
    expect(JSON.parse(body ?? '')).to.eql({ propagationPolicy: 'Foreground', preconditions: { uid: 'u1' } })
  })

  it('refuse an object without a name or namespace, which would address the whole collection', () => {
    expect(() => request.deleteRequest(services, { namespace: 'web', name: '' }, {})).to.throw(TypeError)
    expect(() => request.deleteRequest(services, { name: 'frontend' }, {})).to.throw(TypeError)
  })
})
