import { expect } from 'chai'
import { isOfClass } from './service-class.ts'

const rows: [sentence: string, ofService: string | undefined, ours: string, is: boolean][] = [
  ['takes a Service without a class when none is asked for', undefined, '', true],
  ['takes a Service with an empty class when none is asked for', '', '', true],
  ['leaves a Service with a class to others when none is asked for', 'other', '', false],
  ['takes a Service of its class', 'metallb', 'metallb', true],
  ['leaves a Service without a class to others when one is asked for', undefined, 'metallb', false],
  ['leaves a Service of another class to others', 'other', 'metallb', false],
]

describe('isOfClass', () => {
  for (const [sentence, ofService, ours, is] of rows) {
    it(sentence, () => {
      const spec = ofService === undefined ? {} : { loadBalancerClass: ofService }
      expect(isOfClass({ spec }, ours)).to.equal(is)
    })
  }
})
