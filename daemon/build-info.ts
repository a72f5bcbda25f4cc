/** What `--version` and the start-up log line say. */
export interface BuildInfo {
  readonly version: string
  readonly commit: string
  /** Date of the commit (RFC 3339), not of the build: the same source gives the same bytes. */
  readonly date: string
}

declare const BUILD_INFO: BuildInfo | undefined

/** Stamped into the bundles by hack/build.ts; straight from the sources it says so. */
export const buildInfo: BuildInfo =
  typeof BUILD_INFO === 'undefined' ? { version: '0.0.0-source', commit: 'unknown', date: 'unknown' } : BUILD_INFO

export function formatVersion(name: string, build: BuildInfo): string {
  return `${name} ${build.version} (commit ${build.commit}, ${build.date}, node ${process.version}, ${process.platform}/${process.arch})`
}
