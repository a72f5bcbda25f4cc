import { expect } from 'chai'
import { ExclusionError, parseExclusions } from './exclusions.ts'

const defaults = `announcedInterfacesToExclude: ["^docker.*", "^cbr.*", "^dummy.*", "^virbr.*", "^lxcbr.*", "^veth.*", "^lo$",
  "^cali.*", "^tunl.*", "^flannel.*", "^kube-ipvs.*", "^cni.*", "^nodelocaldns.*", "^lxc.*"]`

describe('parseExclusions', () => {
  it("leaves out what MetalLB's default list names", () => {
    const excluded = parseExclusions(defaults)!
    expect(['lo', 'veth12ab', 'cni0', 'kube-ipvs0', 'docker0'].filter((name) => !excluded.test(name))).to.deep.equal([])
    expect(['eth0', 'loop', 'bond0', 'br-lan', 'enp3s0'].filter((name) => excluded.test(name))).to.deep.equal([])
  })

  it('finds an expression anywhere in the name', () => {
    expect(parseExclusions('announcedInterfacesToExclude: ["th0"]')!.test('eth0.12')).to.equal(true)
  })

  it('keeps alternatives of different expressions apart', () => {
    const excluded = parseExclusions('announcedInterfacesToExclude: ["^a|b$", "^c"]')!
    expect(['ax', 'xb', 'cx', 'xcx'].map((name) => excluded.test(name))).to.deep.equal([true, true, true, false])
  })

  it('reads expressions as Go does, each with flags of its own', () => {
    const excluded = parseExclusions(String.raw`announcedInterfacesToExclude: ['(?i)^ETH[[:digit:]]+\z', '^Wg']`)!
    expect(['eth12', 'Eth0', 'eth0a', 'Wg0', 'wg0'].filter((name) => excluded.test(name))).to.deep.equal([
      'eth12',
      'Eth0',
      'Wg0',
    ])
  })

  it('tells which expression cannot be used, and why', () => {
    expect(() => parseExclusions(String.raw`announcedInterfacesToExclude: ['^a', '\Cb']`)).to.throw(
      ExclusionError,
      String.raw`the regular expression "\\Cb" cannot be used: \C is not supported`,
    )
  })

  for (const text of ['', 'announcedInterfacesToExclude: []', 'other: 1']) {
    it(`excludes nothing given ${JSON.stringify(text)}`, () => {
      expect(parseExclusions(text)).to.equal(undefined)
    })
  }

  for (const text of [
    'announcedInterfacesToExclude: eth0',
    'announcedInterfacesToExclude: ["("]',
    '{',
    'announcedInterfacesToExclude: [1]',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseExclusions(text)).to.throw(ExclusionError)
    })
  }
})
