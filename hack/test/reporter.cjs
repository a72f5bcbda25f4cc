// Mocha's spec output for people, and the totals as JSON in $TEST_TOTALS for hack/test/main.ts.
const { writeFileSync } = require('node:fs')
const { reporters } = require('mocha')

module.exports = function SpecWithTotals(runner, options) {
  const spec = new reporters.Spec(runner, options)
  runner.once('end', () => {
    const { passes, failures, pending } = spec.stats
    writeFileSync(process.env.TEST_TOTALS, JSON.stringify({ passed: passes, failed: failures, skipped: pending }))
  })
}
