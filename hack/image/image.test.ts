import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { nodeCommand } from '../../cdk8s/runtime.ts'
import { runtimeConfig } from './image.ts'

const dockerfile = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8')
const instruction = (name: string) =>
  new RegExp(`^${name} (?<rest>.*)$`, 'm').exec(dockerfile.split('FROM scratch')[1] ?? '')?.groups?.['rest']

describe('the image', () => {
  it("starts what a pod's command starts, when a pod gives only the bundle", () => {
    expect([...runtimeConfig.Entrypoint, '/app/speaker.cjs']).to.deep.equal(nodeCommand('speaker'))
  })

  it('is configured the same when the Dockerfile makes it', () => {
    expect(JSON.parse(instruction('ENTRYPOINT') ?? '')).to.deep.equal(runtimeConfig.Entrypoint)
    expect(instruction('ENV')?.split(' ')).to.deep.equal(runtimeConfig.Env)
    expect(instruction('USER')).to.equal(runtimeConfig.User)
    expect(instruction('WORKDIR')).to.equal(runtimeConfig.WorkingDir)
  })
})
