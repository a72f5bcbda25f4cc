import { expect } from 'chai'
import fc from 'fast-check'
import {
  asksFor,
  booleanFlag,
  choiceFlag,
  FlagError,
  type FlagTable,
  integerFlag,
  parseFlags,
  portFlag,
  textFlag,
} from './flags.ts'
import { formatUsage } from './usage.ts'

const table = {
  'log-level': choiceFlag(['info', 'debug'], { default: 'info', usage: 'least severe level' }),
  port: portFlag({ default: 9120, usage: 'port of the metrics' }),
  'ml-wan-config': booleanFlag({ usage: 'slower timers' }),
  'ml-bindport': textFlag({ env: 'METALLB_ML_BIND_PORT', usage: 'port of the member list' }),
  debounce: integerFlag({ default: 3000, min: 1, env: 'METALLB_BGP_DEBOUNCE_TIMEOUT', usage: 'milliseconds' }),
  'bgp-type': choiceFlag(['native', 'frr'], {
    default: 'native',
    env: 'METALLB_BGP_TYPE',
    environmentOnly: true,
    usage: 'rules',
  }),
} as const satisfies FlagTable

const parse = (argv: string[], env: NodeJS.ProcessEnv = {}) => parseFlags(table, argv, env)

function refusal(argv: string[], env: NodeJS.ProcessEnv = {}): FlagError {
  try {
    parse(argv, env)
  } catch (error) {
    if (error instanceof FlagError) return error
    throw error
  }
  throw new Error(`${argv.join(' ')} was accepted`)
}

describe('parseFlags', () => {
  it('gives every default when nothing is said', () => {
    expect(parse([])).to.deep.equal({
      ...{ 'log-level': 'info', port: 9120, 'ml-wan-config': false },
      ...{ 'ml-bindport': '', debounce: 3000, 'bgp-type': 'native' },
    })
  })

  for (const argv of [
    ['--port=80'],
    ['--port', '80'],
    ['-port=80'],
    ['-port', '80'],
    ['--port=1', '--port=80'],
    ['--port=+80'],
  ]) {
    it(`reads ${argv.join(' ')} as Go does`, () => {
      expect(parse(argv).port).to.equal(80)
    })
  }

  for (const [text, value] of [
    ['--ml-wan-config', true],
    ['--ml-wan-config=T', true],
    ['--ml-wan-config=1', true],
    ['--ml-wan-config=False', false],
    ['-ml-wan-config=0', false],
  ] as const) {
    it(`reads the boolean ${text} as ${value}`, () => {
      expect(parse([text])['ml-wan-config']).to.equal(value)
    })
  }

  it('keeps everything behind the first equals sign as the value', () => {
    expect(parse(['--ml-bindport=a=b\nc'])['ml-bindport']).to.equal('a=b\nc')
  })

  it('takes an empty value as given, not as absent', () => {
    expect(parse(['--ml-bindport='], { METALLB_ML_BIND_PORT: '7946' })['ml-bindport']).to.equal('')
  })

  it('reads the environment variable when the flag is absent', () => {
    expect(parse([], { METALLB_ML_BIND_PORT: '7946' })['ml-bindport']).to.equal('7946')
  })

  it('prefers the flag to the environment variable', () => {
    expect(parse(['--ml-bindport=1'], { METALLB_ML_BIND_PORT: '7946' })['ml-bindport']).to.equal('1')
  })

  it('takes an empty environment variable for an absent one', () => {
    expect(parse([], { METALLB_BGP_DEBOUNCE_TIMEOUT: '' }).debounce).to.equal(3000)
  })

  it('names the environment variable when its value is bad', () => {
    expect(refusal([], { METALLB_BGP_DEBOUNCE_TIMEOUT: '-5' }).message).to.equal(
      'environment variable METALLB_BGP_DEBOUNCE_TIMEOUT has the bad value "-5": give an integer of at least 1',
    )
  })

  for (const [argv, code, message] of [
    [['--port=x'], 'bad-value', 'flag --port has the bad value "x": give an integer from 0 to 65535'],
    [['--port=65536'], 'bad-value', 'flag --port has the bad value "65536": give an integer from 0 to 65535'],
    [['--port=0x10'], 'bad-value', 'flag --port has the bad value "0x10": give an integer from 0 to 65535'],
    [['--port='], 'bad-value', 'flag --port has the bad value "": give an integer from 0 to 65535'],
    [['--log-level=loud'], 'bad-value', 'flag --log-level has the bad value "loud": give one of info, debug'],
    [['--ml-wan-config=yes'], 'bad-value', 'flag --ml-wan-config has the bad value "yes": give true or false'],
    [
      ['--ml-wan-config=toString'],
      'bad-value',
      'flag --ml-wan-config has the bad value "toString": give true or false',
    ],
    [['--port'], 'missing-value', 'flag --port needs a value: write --port=VALUE'],
    [['--prot=1'], 'unknown-flag', 'flag --prot does not exist: --help lists all flags'],
    [['--constructor=1'], 'unknown-flag', 'flag --constructor does not exist: --help lists all flags'],
    [
      ['--bgp-type=frr'],
      'unknown-flag',
      'flag --bgp-type does not exist: set the environment variable METALLB_BGP_TYPE',
    ],
    [
      ['---port=1'],
      'stray-argument',
      'argument "---port=1" belongs to no flag: write --name=value (booleans too: --name=false)',
    ],
    [
      ['--ml-wan-config', 'false'],
      'stray-argument',
      'argument "false" belongs to no flag: write --name=value (booleans too: --name=false)',
    ],
    [['--', 'x'], 'stray-argument', 'argument "x" belongs to no flag: write --name=value (booleans too: --name=false)'],
  ] as const) {
    it(`refuses ${argv.join(' ')} and says what would be right`, () => {
      expect(refusal([...argv])).to.include({ code, message })
    })
  }

  it('says where a required value can be given', () => {
    const required = { 'node-name': textFlag({ required: true, env: 'METALLB_NODE_NAME', usage: 'name of this node' }) }
    expect(() => parseFlags(required, [], {})).to.throw(
      FlagError,
      'flag --node-name (or environment variable METALLB_NODE_NAME) is required: name of this node',
    )
  })

  it('reads back any port and any text', () => {
    fc.assert(
      fc.property(fc.nat(65535), fc.string(), (port, text) => {
        expect(parse([`--port=${port}`, `--ml-bindport=${text}`])).to.include({ port, 'ml-bindport': text })
      }),
    )
  })

  it('fails with FlagError only, whatever the arguments', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (argv) => {
        try {
          parse(argv)
        } catch (error) {
          expect(error).to.be.instanceOf(FlagError)
        }
      }),
    )
  })
})

describe('asksFor', () => {
  it('finds --version and -version before the end of flags only', () => {
    expect(asksFor('version', ['--port=1', '--version'])).to.equal(true)
    expect(asksFor('version', ['-version'])).to.equal(true)
    expect(asksFor('version', ['--', '--version'])).to.equal(false)
  })
})

describe('formatUsage', () => {
  it('lists each flag with default and environment variable, and the settings of the environment apart', () => {
    const text = formatUsage('speaker', table)
    expect(text).to.match(/^Usage: speaker \[flags\]/)
    expect(text).to.include('--log-level=info|debug\n        least severe level (default info)')
    expect(text).to.include('--ml-bindport=string\n        port of the member list (environment METALLB_ML_BIND_PORT)')
    expect(text).to.match(/Environment:\n {2}METALLB_BGP_TYPE=native\|frr\n/)
    expect(text).not.to.include('--bgp-type')
    const url = { ...textFlag({ usage: 'a URL' }), fallback: undefined }
    expect(formatUsage('speaker', { url })).to.include('--url=string\n        a URL\n')
  })
})
