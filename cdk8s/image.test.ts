import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { imageName, version } from './image.ts'

describe('image', () => {
  it('has the version that package.json has', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect(version).to.equal(manifest.version)
    expect(imageName).to.match(new RegExp(`:v${version}$`))
  })

  it('has a registry with a dot, which no container engine takes for a folder of its default registry', () => {
    expect(imageName.split('/')[0]).to.contain('.')
  })
})
