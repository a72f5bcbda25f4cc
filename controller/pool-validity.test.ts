import { expect } from 'chai'
import { type ConfigError, configError } from '../config/faults.ts'
import { validityOf } from './pool-validity.ts'

describe('the condition Valid of a pool', () => {
  const errorOf = (kind: string, name: string, value: string) =>
    configError(kind, name, { code: 'range-descending', field: 'spec.addresses[0]', value })
  const ours = errorOf('IPAddressPool', 'blue', '192.0.2.9-192.0.2.1')
  const found = (...errors: ConfigError[]) => ({ errors, loaded: true })
  const another = errorOf('IPAddressPool', 'green', '198.51.100.9-198.51.100.1')

  it('carries every fault of this pool and none of another', () => {
    const second = errorOf('IPAddressPool', 'blue', '203.0.113.9-203.0.113.1')
    expect(validityOf('blue', found(ours, another, second), true)).to.deep.equal({
      status: 'False',
      reason: 'ConfigurationError',
      message: `${ours.message}\n${second.message}`,
    })
  })

  it('is True without faults', () => {
    expect(validityOf('blue', found(), true)).to.include({ status: 'True', reason: 'Valid' })
  })

  it('does not mind the faults of others as long as the pool is in force as written', () => {
    expect(validityOf('blue', found(another), true)).to.deep.equal(validityOf('blue', found(), true))
  })

  it('is True but says so where the faults of others keep the pool from being in force', () => {
    expect(validityOf('blue', found(another), false)).to.include({ status: 'True', reason: 'NotInForce' })
  })

  it('does not speak of a last valid configuration where there has been none', () => {
    const messageOf = (loaded: boolean) => validityOf('blue', { errors: [another], loaded }, false).message
    expect(messageOf(true)).to.include('the last valid configuration stays in force')
    expect(messageOf(false)).to.include('no addresses are given out').and.not.include('the last valid')
  })

  it('does not take an object of another kind for the pool of the same name', () => {
    expect(validityOf('blue', found(errorOf('Community', 'blue', 'x')), true).status).to.equal('True')
  })

  it('keeps to the length that the schema allows', () => {
    const many = Array.from({ length: 1_000 }, () => ours)
    expect(validityOf('blue', found(...many), true).message).to.have.length.at.most(32_768)
  })
})
