import { expect } from 'chai'
import { creationsIn, samplesOf, writesIn } from './prometheus.ts'

const request = (verb: string, resource: string, count: number, code = 200) =>
  `apiserver_request_total{code="${code}",component="apiserver",dry_run="",group="",resource="${resource}",scope="resource",subresource="",verb="${verb}",version="v1"} ${count}`

describe('metrics as text', () => {
  it('are found by their whole name, with labels and without', () => {
    const text = '# HELP updates x\nupdates 7\nupdates_failed 3\nupdates{a="b \\" c",d=""} 1.5e3\n'
    expect([...samplesOf('updates', text)]).to.deep.equal([
      { labels: {}, value: 7 },
      { labels: { a: 'b \\" c', d: '' }, value: 1500 },
    ])
  })

  it('of the API server tell how often something was changed', () => {
    const rows = [
      ...[request('PATCH', 'services', 5), request('POST', 'events', 4), request('APPLY', 'secrets', 2)],
      ...[request('LIST', 'services', 90), request('WATCH', 'services', 91), request('GET', 'pods', 92)],
    ]
    expect(writesIn(rows.join('\n'))).to.equal(11)
  })

  it('of the API server tell what was created', () => {
    const rows = [request('POST', 'events', 7, 201), request('POST', 'events', 3, 409), request('POST', 'pods', 5, 201)]
    expect(creationsIn('events', rows.join('\n'))).to.equal(7)
  })

  for (const resource of ['leases', 'tokenreviews', 'subjectaccessreviews'])
    it(`of ${resource} are not counted`, () => expect(writesIn(request('POST', resource, 9))).to.equal(0))
})
