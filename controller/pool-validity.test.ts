import { expect } from 'chai'
import { configError } from '../config/faults.ts'
import { validityOf } from './pool-validity.ts'

describe('the condition Valid of a pool', () => {
  const errorOf = (kind: string, name: string, value: string) =>
    configError(kind, name, { code: 'range-descending', field: 'spec.addresses[0]', value })
  const ours = errorOf('IPAddressPool', 'blue', '192.0.2.9-192.0.2.1')
  const another = errorOf('IPAddressPool', 'green', '198.51.100.9-198.51.100.1')

  it('carries every fault of this pool and none of another', () => {
    const second = errorOf('IPAddressPool', 'blue', '203.0.113.9-203.0.113.1')
    expect(validityOf('blue', [ours, another, second], true)).to.deep.equal({
      status: 'False',
      reason: 'ConfigurationError',
      message: `${ours.message}\n${second.message}`,
    })
  })

  it('is True without faults', () => {
    expect(validityOf('blue', [], true)).to.include({ status: 'True', reason: 'Valid' })
  })

  it('does not mind the faults of others as long as the pool is in force as written', () => {
    expect(validityOf('blue', [another], true)).to.deep.equal(validityOf('blue', [], true))
  })

  it('is True but says so where the faults of others keep the pool from being in force', () => {
    expect(validityOf('blue', [another], false)).to.include({ status: 'True', reason: 'NotInForce' })
  })

  it('does not take an object of another kind for the pool of the same name', () => {
    expect(validityOf('blue', [errorOf('Community', 'blue', 'x')], true).status).to.equal('True')
  })

  it('keeps to the length that the schema allows', () => {
    const many = Array.from({ length: 1_000 }, () => ours)
    expect(validityOf('blue', many, true).message).to.have.length.at.most(32_768)
  })
})
