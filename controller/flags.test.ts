import { expect } from 'chai'
import { FlagError, parseFlags } from '../daemon/flags.ts'
import { controllerFlags, controllerSettings } from './flags.ts'

const parse = (...argv: string[]) => parseFlags(controllerFlags, argv, {})

describe("the controller's flags", () => {
  it('accept the command line of MetalLB', () => {
    const flags = parse('--port=7472', '--log-level=info', '--tls-min-version=VersionTLS12', '--disable-cert-rotation')
    expect(controllerSettings(flags).logLevel).to.equal('info')
  })

  it('know three modes of the webhook, and say which', () => {
    expect(parse('--webhook-mode=onlywebhook')['webhook-mode']).to.equal('onlywebhook')
    expect(() => parse('--webhook-mode=on')).to.throw(FlagError, 'enabled, disabled, onlywebhook')
  })

  it('leave the webhook off', () => {
    expect(parse()['webhook-mode']).to.equal('disabled')
  })

  for (const flag of ['cert-service-name', 'webhook-secret']) {
    it(`refuse an empty --${flag} where it is needed`, () => {
      expect(() => controllerSettings(parse('--webhook-mode=enabled', `--${flag}=`))).to.throw(FlagError, `--${flag}`)
      expect(controllerSettings(parse(`--${flag}=`)).logLevel).to.equal('info')
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
