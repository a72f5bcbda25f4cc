import { collectDefaultMetrics, Registry } from 'prom-client'

// prom-client samples the event loop's delay every 10 ms by default: more wake-ups than all else an idle speaker does.
const eventLoopSampleMillis = 100

/** A registry of its own (never prom-client's global one) that already holds the process' metrics. */
export function createMetrics(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopSampleMillis })
  return registry
}
