import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A mocha hook: where no compiler built the addon, the tests that need it are skipped, and say so. */
export function needsAddon(this: Mocha.Context): void {
  if (existsSync(join(import.meta.dirname, '../rawnet.node'))) return
  console.log('      skipped: there is no native addon; install gcc and run: make setup')
  this.skip()
}
