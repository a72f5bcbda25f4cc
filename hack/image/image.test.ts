import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { nodeCommand } from '../../cdk8s/runtime.ts'
import { type Architecture, findLibrary, ImageError } from './architecture.ts'
import { runtimeConfig } from './image.ts'

const dockerfile = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8')
const instruction = (name: string) =>
  new RegExp(`^${name} (?<rest>.*)$`, 'm').exec(dockerfile.split('FROM scratch')[1] ?? '')?.groups?.['rest']

describe('the image', () => {
  it("starts what a pod's command starts, when a pod gives only the bundle", () => {
    expect([...runtimeConfig.Entrypoint, '/app/speaker.cjs']).to.deep.equal(nodeCommand('speaker'))
  })

  it('takes libraries only from where its own loader looks, and says what to do without them', () => {
    const message =
      /^no-such\.so for \S+ is not in \/lib\/\S+-linux-gnu, \/usr\/lib\/\S+-linux-gnu; build the image on Debian/
    expect(() => findLibrary('no-such.so', process.arch as Architecture)).to.throw(ImageError, message)
  })

  it('is configured the same when the Dockerfile makes it', () => {
    expect(JSON.parse(instruction('ENTRYPOINT') ?? '')).to.deep.equal(runtimeConfig.Entrypoint)
    expect(instruction('ENV')?.split(' ')).to.deep.equal(runtimeConfig.Env)
    expect(instruction('USER')).to.equal(runtimeConfig.User)
    expect(instruction('WORKDIR')).to.equal(runtimeConfig.WorkingDir)
  })
})
