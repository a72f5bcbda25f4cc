/** What is wrong, and what to do about it. The offending value stands in front of the problem when a fault is shown. */
export interface FaultRow {
  readonly problem: string
  readonly remedy: string
  /** The cause is an object that is not there, and may come. */
  readonly mayResolveLater?: boolean
  /** The object is used all the same. */
  readonly isWarning?: boolean
}
