import { Counter, Gauge, type Registry } from 'prom-client'

/** What a process made of the objects that it watches. */
export interface ClientMetrics {
  /** `loaded`: some configuration is in force; `stale`: it is an older one, because the newest is invalid. */
  config(state: { readonly loaded: boolean; readonly stale: boolean }): void
  /** A Service was looked at; `failed`: in vain. */
  update(failed: boolean): void
  /** So many events could not be written, or were too many. */
  eventsDropped(count: number): void
}

/** Names are MetalLB's, apart from events_dropped_total. */
export function createClientMetrics(registry: Registry): ClientMetrics {
  const registers = [registry]
  const gauge = (name: string, help: string) => new Gauge({ name: `metallb_k8s_client_${name}`, help, registers })
  const counter = (name: string, help: string) => new Counter({ name: `metallb_k8s_client_${name}`, help, registers })
  const loaded = gauge('config_loaded_bool', '1 when a valid configuration has been loaded at least once')
  const stale = gauge('config_stale_bool', '1 when the newest configuration is invalid and an older one is in force')
  const updates = counter('updates_total', 'Services processed')
  const errors = counter('update_errors_total', 'Services whose processing failed')
  const dropped = counter('events_dropped_total', 'Events about objects that were not written: too many, or refused')
  return {
    config: (state) => {
      loaded.set(Number(state.loaded))
      stale.set(Number(state.stale))
    },
    update: (failed) => {
      updates.inc()
      if (failed) errors.inc()
    },
    eventsDropped: (count) => dropped.inc(count),
  }
}
