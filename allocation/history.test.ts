import fc from 'fast-check'
import { commands } from './testing/history.ts'
import { World } from './testing/world.ts'

describe('an allocator', () => {
  it('keeps its promises whatever happens in whatever order', function () {
    this.timeout(120_000)
    fc.assert(
      fc.property(fc.array(commands, { minLength: 1, maxLength: 80, size: 'max' }), (list) => {
        const world = new World()
        for (const command of list) world.run(command)
        world.drain()
        world.checkNobodyWaitsInVain()
      }),
      { numRuns: Number(process.env['HISTORIES'] ?? 400) },
    )
  })
})
