import { readLab } from './state.ts'
import { teardown } from './teardown.ts'

const [verb, name = ''] = process.argv.slice(2)
const lab = readLab(name)
if (verb === 'down' && lab) await teardown(lab)
