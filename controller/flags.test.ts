import { expect } from 'chai'
import { FlagError, parseFlags } from '../daemon/flags.ts'
import { controllerFlags, controllerSettings } from './flags.ts'

const parse = (...argv: string[]) => parseFlags(controllerFlags, argv, {})

describe("the controller's flags", () => {
  it('accept the command line of MetalLB, apart from the webhook', () => {
    const flags = parse('--port=7472', '--log-level=info', '--tls-min-version=VersionTLS12', '--disable-cert-rotation')
    expect(controllerSettings(flags).logLevel).to.equal('info')
  })

  for (const mode of ['enabled', 'onlywebhook']) {
    it(`refuse --webhook-mode=${mode} and say what to do`, () => {
      expect(() => controllerSettings(parse(`--webhook-mode=${mode}`))).to.throw(FlagError, '--webhook-mode=disabled')
    })
  }

  it('take names from the environment as MetalLB does', () => {
    const env = {
      METALLB_ML_SECRET_NAME: 'memberlist',
      METALLB_DEPLOYMENT: 'controller',
      METALLB_POD_NAME: 'controller-0',
    }
    expect(parseFlags(controllerFlags, [], env)).to.include({
      'ml-secret-name': 'memberlist',
      deployment: 'controller',
      'pod-name': 'controller-0',
    })
  })
})
