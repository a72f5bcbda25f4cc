// Just enough of the Prometheus text format to add up the samples of one metric.

export interface Sample {
  labels: Readonly<Record<string, string>>
  value: number
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g

export function* samplesOf(metric: string, text: string): Generator<Sample> {
  for (const row of text.split('\n')) {
    if (!row.startsWith(metric)) continue
    const [, name, labels = '', value] = line.exec(row) ?? []
    if (name !== metric) continue
    yield {
      labels: Object.fromEntries([...labels.matchAll(label)].map(([, key, content]) => [key, content])),
      value: Number(value),
    }
  }
}

/** How often the API server was asked to change something, by anybody. A Lease is kept, a review changes nothing. */
export function writesIn(apiServerMetrics: string): number {
  let sum = 0
  for (const { labels, value } of samplesOf('apiserver_request_total', apiServerMetrics)) {
    const { verb = '', resource = '' } = labels
    if (writingVerbs.has(verb) && !uncounted.has(resource)) sum += value
  }
  return sum
}

/** How many objects of a resource were created. */
export function creationsIn(resource: string, apiServerMetrics: string): number {
  let sum = 0
  for (const { labels, value } of samplesOf('apiserver_request_total', apiServerMetrics))
    if (labels['verb'] === 'POST' && labels['resource'] === resource && labels['code'] === '201') sum += value
  return sum
}

const writingVerbs = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE', 'DELETECOLLECTION'])
const uncounted = new Set(['leases', 'tokenreviews', 'subjectaccessreviews', 'selfsubjectreviews'])
