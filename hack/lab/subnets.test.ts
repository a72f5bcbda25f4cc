import { expect } from 'chai'
import { parsePrefix } from '../../net/prefix.ts'
import { isFree } from './subnets.ts'

const freeOf = (indexes: readonly number[], ...used: string[]) =>
  indexes.filter((index) => isFree(index, used.map(parsePrefix)))

describe('the networks of labs', () => {
  it('are free while this machine uses others', () => {
    expect(freeOf([0, 1], '10.0.0.0/8', '172.31.0.0/16', 'fd00:31::/32')).to.deep.equal([0, 1])
  })

  it('are not free when a network of this machine holds them, or lies in them', () => {
    expect(freeOf([0, 1, 2, 255], '172.30.0.0/23')).to.deep.equal([2, 255])
    expect(freeOf([0, 1, 2, 255], '172.16.0.0/12')).to.deep.equal([])
    expect(freeOf([0, 1, 2], '172.30.1.77/32')).to.deep.equal([0, 2])
  })

  it('are not free when their IPv6 half is taken', () => {
    expect(freeOf([0, 1, 10], 'fd00:30:0:a::/80')).to.deep.equal([0, 1])
    expect(freeOf([0, 1, 10], 'fd00:30::/56')).to.deep.equal([])
  })
})
