/** What a user is told on the Service; the reasons are MetalLB's. */
export interface ServiceEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export function normal(reason: string, message: string): ServiceEvent {
  return { type: 'Normal', reason, message }
}

export function warning(reason: string, message: string): ServiceEvent {
  return { type: 'Warning', reason, message }
}
