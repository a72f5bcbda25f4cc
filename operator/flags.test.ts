import { expect } from 'chai'
import { FlagError, parseFlags } from '../daemon/flags.ts'
import { defaultEnvironment } from './environment.ts'
import { environmentOf, flags, settingsOf } from './flags.ts'

const required = { OPERATOR_NAMESPACE: 'lb' }
const parse = (argv: string[], env: NodeJS.ProcessEnv = required) => parseFlags(flags, argv, env)

describe('flags of the operator', () => {
  it('need nothing but the namespace', () => {
    expect(environmentOf(parse([]))).to.deep.equal({ ...defaultEnvironment, namespace: 'lb' })
    expect(() => parse([], {})).to.throw(FlagError, 'OPERATOR_NAMESPACE')
  })

  it('take what concerns the operands from the environment', () => {
    const env = {
      ...required,
      CONTROLLER_IMAGE: 'r.io/c',
      SPEAKER_IMAGE: 'r.io/s',
      MEMBER_LIST_BIND_PORT: '1',
      METRICS_PORT: '2',
      OPERAND_LIVENESS_PORT: '3',
      FRRK8S_EXTERNAL_NAMESPACE: 'frr',
      TLS_MIN_VERSION: 'VersionTLS12',
      TLS_CIPHER_SUITES: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      TLS_CURVE_PREFERENCES: '29',
    }
    expect(environmentOf(parse([], env))).to.deep.equal({
      namespace: 'lb',
      controllerImage: 'r.io/c',
      speakerImage: 'r.io/s',
      memberListPort: 1,
      metricsPort: 2,
      livenessPort: 3,
      tls: {
        minVersion: 'VersionTLS12',
        cipherSuites: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
        curvePreferences: '29',
      },
      frrK8sNamespace: 'frr',
    })
  })

  it('serve probes on 8080 and no metrics by default', () => {
    const settings = settingsOf(parse([]))
    expect(settings.health).to.deep.equal({ port: 8080 })
    expect(settings.metrics).to.equal(undefined)
  })

  it('serve metrics where --metrics-addr says', () => {
    expect(settingsOf(parse(['--metrics-addr=127.0.0.1:8443'])).metrics).to.include({
      host: '127.0.0.1',
      port: 8443,
      secure: false,
    })
    expect(settingsOf(parse(['--metrics-addr=:8443'])).metrics)
      .to.include({ port: 8443 })
      .and.not.have.property('host')
  })

  it('are refused at the start when the operands could not start with them', () => {
    const env = { ...required, TLS_CURVE_PREFERENCES: 'x25519' }
    expect(() => settingsOf(parse([], env))).to.throw(FlagError)
    expect(() => settingsOf(parse(['--metrics-addr=nowhere']))).to.throw(FlagError, '--metrics-addr')
  })
})
