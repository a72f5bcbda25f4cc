/** As the API server writes its own times (metav1.Time): RFC 3339 in whole seconds. */
export function timestampOf(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}
