// Two faults at once. The cart's log shows the one that comes first at its start; the other stands in the objects.
// Both must be root causes, and nothing else: who corrects one and deploys again has lost an evening otherwise.
import { all, available, cartCrashed, crashed, endedBy, noPodsFor, scaledToZero, unschedulable, waitingFor } from '../conditions.mjs'
import { CREATE, ENDPOINT, PROVIDER, TABLE } from '../manifest.mjs'

// Faults as changes of the documented deployment. What a fault adds to the failed items stands beside it.
const faults = {
  'endpoint-port': { failed: ['endpoint'], make: (app) => app.set(ENDPOINT, 'http://dynamodb:9000') },
  'endpoint-host': { failed: ['endpoint'], make: (app) => app.set(ENDPOINT, 'http://dynamo:8000') },
  'endpoint-localhost': { failed: ['endpoint'], make: (app) => app.set(ENDPOINT, 'http://localhost:8000') },
  'endpoint-scheme': { failed: ['endpoint'], make: (app) => app.set(ENDPOINT, 'https://dynamodb:8000') },
  'endpoint-malformed': { failed: ['endpoint'], make: (app) => app.set(ENDPOINT, 'dynamodb:8000') },
  'endpoint-unset': { failed: ['endpoint', 'cart-env'], make: (app) => app.unset(ENDPOINT) },
  'provider-not-dynamodb': { failed: ['cart-env'], make: (app) => app.unset(PROVIDER) },
  'provider-unknown': { failed: ['cart-env'], make: (app) => app.set(PROVIDER, 'dynamo') },
  'provider-old-names': {
    failed: ['cart-env', 'endpoint'],
    make: (app) => {
      app.unset(PROVIDER, TABLE, ENDPOINT, CREATE)
      app.set('SPRING_PROFILES_ACTIVE', 'dynamodb').set('CARTS_DYNAMODB_ENDPOINT', 'http://dynamodb:8000')
    },
  },
  'table-name-illegal': { failed: ['cart-env'], make: (app) => app.set(TABLE, 'my items') },
  'create-table-not-boolean': { failed: ['create-table'], make: (app) => app.set(CREATE, 'ja') },
  'credentials-missing': { failed: ['aws-credentials'], make: (app) => app.unset('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY') },
  'credentials-incomplete': { failed: ['aws-credentials'], make: (app) => app.set('AWS_SECRET_ACCESS_KEY', '') },
  'credentials-illegal-key-id': { failed: ['aws-credentials'], make: (app) => app.set('AWS_ACCESS_KEY_ID', `fake-${app.canary}`) },
  'cart-port-mismatch': { failed: ['cart-env'], make: (app) => app.set('PORT', '9090') },
  'config-reference-missing': {
    failed: ['aws-credentials'],
    make: (app) => app.set('AWS_SECRET_ACCESS_KEY', { secretKeyRef: { name: 'not-there', key: 'secret' } }),
  },
  'image-unavailable': { failed: [], make: (app) => { app.container.image = 'retail-store-sample-cart:9.9.9' } },
  'run-as-non-root': { failed: [], make: (app) => { app.container.securityContext = { runAsNonRoot: true } } },
  'no-writable-tmp': { failed: [], make: (app) => { app.container.securityContext = { readOnlyRootFilesystem: true } } },
  'cart-oom': { failed: [], make: (app) => { app.container.resources = { limits: { memory: '40Mi' } } } },
  'cart-scaled-to-zero': { failed: [], make: (app) => { app.cart.spec.replicas = 0 } },
  'cart-missing': { failed: [], make: (app) => { app.cart = null } },
  unschedulable: { failed: [], make: (app) => { app.cart.spec.template.spec.nodeSelector = { disk: 'none-has-it' } } },
  'liveness-kills': {
    failed: [],
    make: (app) => {
      app.container.livenessProbe = { httpGet: { path: '/not-there', port: 8080 }, initialDelaySeconds: 1, periodSeconds: 1, failureThreshold: 1 }
      app.cart.spec.template.spec.terminationGracePeriodSeconds = 1
    },
  },
  'db-missing': { failed: ['db-deployment'], make: (app) => { app.db = null } },
  'db-scaled-to-zero': { failed: ['db-deployment'], make: (app) => { app.db.spec.replicas = 0 } },
  'db-not-starting': { failed: ['db-deployment'], make: (app) => { app.dbContainer.image = 'amazon/dynamodb-local:0.0.0' } },
  'db-not-ready': {
    failed: ['db-deployment'],
    make: (app) => { app.dbContainer.readinessProbe = { httpGet: { path: '/', port: 8000 }, periodSeconds: 2 } },
  },
  'db-service-missing': { failed: ['db-service'], make: (app) => { app.dbService = null } },
  'db-service-selector': { failed: ['db-service'], make: (app) => { app.dbService.spec.selector = { app: 'dynamo' } } },
  'db-service-target-port': { failed: ['db-service'], make: (app) => { app.dbService.spec.ports[0].targetPort = 8001 } },
  'db-service-port': { failed: ['db-service'], make: (app) => { app.dbService.spec.ports[0].port = 9000 } },
  'db-service-type': { failed: ['db-service'], make: (app) => { app.dbService.spec.type = 'NodePort' } },
  'quota-exceeded': {
    failed: ['db-deployment'],
    make: (app) => {
      app.others.push({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard: { pods: '0' } } })
    },
  },
}

// What the cluster shows of it. The log is judged where the cart has run.
const configError = waitingFor('cart', 'CreateContainerConfigError')
const noImage = waitingFor('cart', 'ErrImagePull', 'ImagePullBackOff')
const dbWithoutImage = waitingFor('dynamodb', 'ErrImagePull', 'ImagePullBackOff')
const dbUp = available('dynamodb')
const says = (pattern) => ({ waitFor: cartCrashed(pattern), failed: ['cart-logs'] })
const noCredentials = says(/Unable to load credentials/)
const notBoolean = says(/Failed to bind properties/)
const noBean = says(/required a bean/)
const refused = says(/Connection refused/)

function pair(first, second, { waitFor, failed = [], rootCauses = [first, second], ...more }) {
  const items = [...faults[first].failed, ...faults[second].failed, ...failed]
  return {
    name: `${first}-and-${second}`,
    mutate: (app) => {
      faults[first].make(app)
      faults[second].make(app)
    },
    waitFor,
    args: ['--wait', '0s'],
    expect: { rootCauses, failed: [...new Set(items)], exit: 1, ...more },
  }
}

export const two = [
  pair('endpoint-port', 'credentials-missing', noCredentials),
  pair('db-scaled-to-zero', 'create-table-not-boolean', notBoolean),
  pair('db-service-selector', 'credentials-missing', noCredentials),
  pair('provider-not-dynamodb', 'db-missing', { waitFor: available('cart-deployment') }),
  pair('image-unavailable', 'endpoint-port', { waitFor: all(dbUp, noImage), verdicts: { 'cart-logs': 'skip' } }),
  pair('db-service-target-port', 'credentials-illegal-key-id', refused),
  pair('provider-old-names', 'credentials-missing', { waitFor: all(dbUp, available('cart-deployment')) }),
  pair('db-scaled-to-zero', 'liveness-kills', { waitFor: endedBy('cart', 'Error') }),
  pair('db-service-missing', 'create-table-not-boolean', notBoolean),
  pair('db-not-starting', 'endpoint-port', { waitFor: all(dbWithoutImage, crashed('cart')), failed: ['cart-logs'] }),
  pair('provider-unknown', 'credentials-missing', noBean),
  pair('config-reference-missing', 'endpoint-host', { waitFor: all(dbUp, configError) }),
  pair('unschedulable', 'db-scaled-to-zero', { waitFor: unschedulable('cart') }),
  pair('cart-oom', 'db-service-missing', { waitFor: all(dbUp, endedBy('cart', 'OOMKilled')) }),
  pair('endpoint-scheme', 'credentials-incomplete', noCredentials),
  pair('db-not-starting', 'provider-unknown', { ...noBean, waitFor: all(dbWithoutImage, noBean.waitFor) }),
  pair('table-name-illegal', 'endpoint-malformed', says(/URISyntaxException/)),
  pair('db-service-type', 'credentials-missing', noCredentials),
  pair('run-as-non-root', 'db-service-selector', { waitFor: all(dbUp, configError) }),
  pair('cart-port-mismatch', 'endpoint-unset', says(/amazonaws\.com/)),
  pair('cart-scaled-to-zero', 'endpoint-port', { waitFor: all(dbUp, scaledToZero('cart-deployment')) }),
  pair('cart-missing', 'db-missing', { waitFor: () => true }),
  pair('no-writable-tmp', 'endpoint-localhost', says(/Unable to create tempDir/)),
  pair('provider-not-dynamodb', 'db-service-type', { waitFor: all(dbUp, available('cart-deployment')) }),
  pair('db-service-port', 'credentials-incomplete', noCredentials),
  pair('db-service-type', 'db-scaled-to-zero', refused),
  // One fault that stops both: one cause.
  {
    name: 'quota-on-both',
    mutate: faults['quota-exceeded'].make,
    waitFor: all(noPodsFor('dynamodb'), noPodsFor('cart-deployment')),
    expect: { rootCauses: ['quota-exceeded'], failed: ['db-deployment'], verdicts: { 'cart-logs': 'skip' } },
  },
  // With an endpoint the region is not looked for: a warning, not a second cause.
  {
    name: 'endpoint-localhost-without-region',
    mutate: (app) => faults['endpoint-localhost'].make(app) && app.unset('AWS_REGION'),
    waitFor: refused.waitFor,
    expect: { rootCauses: ['endpoint-localhost'], failed: ['endpoint', 'cart-logs'], verdicts: { 'aws-credentials': 'warn' } },
  },
]
