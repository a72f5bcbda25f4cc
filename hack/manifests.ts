// `make manifests`: writes dist/ from the charts in cdk8s/. `--check` changes nothing and says what is not up to date.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { channel, clusterServiceVersion, packageName } from '../cdk8s/cluster-service-version.ts'
import { customResourceDefinitions } from '../cdk8s/custom-resource-definitions.ts'
import { nativeInstallation, operatorInstallation, webhookInstallation } from '../cdk8s/installations.ts'
import { operatorDefaults } from '../cdk8s/values.ts'
import { findDrift, mendDrift, type Output } from './generate/output.ts'

const root = join(import.meta.dirname, '..')
const head = '# Made from cdk8s/ by `make manifests`; do not edit.\n'
const definitions = customResourceDefinitions()

/** An empty spec is a good start: everything has a default. */
const exampleMetalLB = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'MetalLB',
  metadata: { name: 'metallb', namespace: operatorDefaults.namespace },
  spec: {},
}

function outputs(): Output[] {
  return [
    yaml('install/metallb-operator.yaml', operatorInstallation(definitions)),
    yaml('install/metallb-native.yaml', nativeInstallation(definitions)),
    yaml('install/metallb.yaml', [exampleMetalLB]),
    yaml('install/metallb-webhook.yaml', webhookInstallation()),
    ...bundle(),
  ]
}

function bundle(): Output[] {
  return [
    yaml(`bundle/manifests/${packageName}.clusterserviceversion.yaml`, [
      clusterServiceVersion(definitions, examples()),
    ]),
    ...definitions.map((definition) => yaml(`bundle/manifests/${definition.metadata?.name}.yaml`, [definition])),
    yaml('bundle/metadata/annotations.yaml', [{ annotations: bundleAnnotations }]),
    yaml('bundle/tests/scorecard/config.yaml', [scorecard]),
  ]
}

/** The kinds that people write; statuses are written by the processes. */
function examples(): object[] {
  const folder = join(root, 'crds/examples')
  const written = readdirSync(folder)
    .sort()
    .map((file) => parse(readFileSync(join(folder, file), 'utf8')))
  return [exampleMetalLB, ...written.filter(({ kind }) => kind !== 'MetalLB' && !/Stat(us|e)$/.test(kind))]
}

const annotationPrefix = 'operators.operatorframework.io'
const bundleAnnotations = {
  [`${annotationPrefix}.bundle.mediatype.v1`]: 'registry+v1',
  [`${annotationPrefix}.bundle.manifests.v1`]: 'manifests/',
  [`${annotationPrefix}.bundle.metadata.v1`]: 'metadata/',
  [`${annotationPrefix}.bundle.package.v1`]: packageName,
  [`${annotationPrefix}.bundle.channels.v1`]: channel,
  [`${annotationPrefix}.bundle.channel.default.v1`]: channel,
  [`${annotationPrefix}.test.mediatype.v1`]: 'scorecard+v1',
  [`${annotationPrefix}.test.config.v1`]: 'tests/scorecard/',
}

const scorecardTests = {
  'basic-check-spec': 'basic',
  'olm-bundle-validation': 'olm',
  'olm-crds-have-validation': 'olm',
  'olm-spec-descriptors': 'olm',
  'olm-status-descriptors': 'olm',
}

const scorecard = {
  apiVersion: 'scorecard.operatorframework.io/v1alpha3',
  kind: 'Configuration',
  metadata: { name: 'config' },
  stages: [
    {
      parallel: true,
      tests: Object.entries(scorecardTests).map(([test, suite]) => ({
        entrypoint: ['scorecard-test', test],
        image: 'quay.io/operator-framework/scorecard-test:v1.41.1',
        labels: { suite, test: `${test}-test` },
      })),
    },
  ],
}

function yaml(path: string, documents: readonly object[]): Output {
  const options = { lineWidth: 120, aliasDuplicateObjects: false }
  return { path: `dist/${path}`, text: head + documents.map((document) => stringify(document, options)).join('---\n') }
}

const wanted = outputs()
const drift = findDrift(root, wanted, ['dist/install', 'dist/bundle'])
const check = process.argv.includes('--check')
if (!check) mendDrift(root, wanted, drift)
for (const { path, state } of drift) console.log(`${check ? state : 'wrote'}  ${path}`)
if (check && drift.length > 0) {
  console.error('dist/ is not up to date. Mend with: make manifests')
  process.exitCode = 1
}
