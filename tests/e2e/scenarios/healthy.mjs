// Deployments that work: whatever way the configuration takes, nothing may be found.
import { kubectl } from '../cluster.mjs'
import { all, serving, silentFor } from '../conditions.mjs'
import { CREATE, ENDPOINT, PERSISTENCE, PROVIDER, TABLE } from '../manifest.mjs'
import { HEALTHY } from '../scenario.mjs'

const green = {
  ...HEALTHY,
  verdicts: {
    'db-deployment': 'pass', 'db-service': 'pass', 'cart-env': 'pass', 'aws-credentials': 'pass',
    endpoint: 'pass', 'create-table': 'pass', 'cart-logs': 'pass', persistence: 'skip',
  },
}
const everything = [PROVIDER, TABLE, ENDPOINT, CREATE, 'PORT', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION']
const fromSecret = (key) => ({ secretKeyRef: { name: 'aws', key } })

function sidecar(app, env) {
  app.cart.spec.template.spec.containers.unshift({
    name: 'proxy', image: app.container.image, imagePullPolicy: 'IfNotPresent', env,
    command: ['sh', '-c', 'trap exit TERM; while :; do sleep 1; done'],
  })
}

export const healthy = [
  { name: 'documented', expect: green },
  {
    name: 'config-map',
    mutate: (app) => {
      app.configMap.data = app.takeOut(...everything)
      app.container.envFrom = [{ configMapRef: { name: 'cart' } }]
    },
    expect: green,
  },
  {
    name: 'secret-keys',
    mutate: (app) => app.set('AWS_ACCESS_KEY_ID', fromSecret('id')).set('AWS_SECRET_ACCESS_KEY', fromSecret('secret')),
    expect: green,
  },
  {
    // A cart that nobody asks for anything writes nothing. That is not looked at, and nothing is missing.
    name: 'nothing-written-since',
    waitFor: all(serving, silentFor('cart', 4)),
    args: ['--since', '1500ms'],
    expect: { ...green, verdicts: { ...green.verdicts, 'cart-logs': 'skip' }, checks: { 'cart.logs': /written nothing in the last 2 s \(--since\)/ } },
  },
  {
    // The SDK's shared file: no key is in any variable.
    name: 'credentials-file',
    mutate: (app) => {
      app.unset('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY').set('AWS_SHARED_CREDENTIALS_FILE', '/aws/credentials')
      app.secret.stringData = { credentials: `[default]\naws_access_key_id = fakeKeyId\naws_secret_access_key = ${app.canary}\n` }
      app.cart.spec.template.spec.volumes = [{ name: 'aws', secret: { secretName: 'aws' } }]
      app.container.volumeMounts = [{ name: 'aws', mountPath: '/aws' }]
    },
    expect: green,
  },
  {
    name: 'env-from-prefix',
    mutate: (app) => {
      const taken = app.takeOut(PROVIDER, TABLE, ENDPOINT, CREATE)
      app.configMap.data = Object.fromEntries(Object.entries(taken).map(([k, v]) => [k.slice(PERSISTENCE.length), v]))
      app.unset('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY')
      app.secret.stringData = { ACCESS_KEY_ID: 'fakeKeyId', SECRET_ACCESS_KEY: app.canary }
      app.container.envFrom = [
        { prefix: PERSISTENCE, configMapRef: { name: 'cart' } },
        { prefix: 'AWS_', secretRef: { name: 'aws' } },
      ]
    },
    expect: green,
  },
  {
    name: 'expanded-variables',
    mutate: (app) => {
      app.container.env.unshift({ name: 'DB_HOST', value: 'dynamodb' }, { name: 'DB', value: '$(DB_HOST):8000' })
      app.set(ENDPOINT, 'http://$(DB)')
    },
    expect: green,
  },
  {
    name: 'endpoint-fqdn',
    mutate: (app, namespace) => app.set(ENDPOINT, `http://dynamodb.${namespace}.svc.cluster.local:8000`),
    expect: green,
  },
  { name: 'sidecar-first', mutate: (app) => sidecar(app, []), expect: green },
  {
    // `kubectl set env` without -c sets every container: the variables alone do not tell which one is the cart.
    name: 'sidecar-with-variable',
    mutate: (app) => sidecar(app, [{ name: ENDPOINT, value: 'http://elsewhere:1' }]),
    expect: green,
  },
  { name: 'create-table-upper-case', mutate: (app) => app.set(CREATE, 'TRUE'), expect: green },
  {
    // Variables that the kubelet makes for Services: in no spec, yet what the endpoint is made of.
    name: 'service-links',
    mutate: (app) => app.set(ENDPOINT, 'http://$(DYNAMODB_SERVICE_HOST):$(DYNAMODB_SERVICE_PORT)'),
    expect: HEALTHY,
  },
  {
    name: 'rollout-in-progress',
    args: ['--wait', '120s'],
    then: { act: (namespace) => kubectl(['-n', namespace, 'rollout', 'restart', 'deploy/cart-deployment']) },
    expect: green,
  },
  {
    // The table that the documented start made is kept: unusual, and the one way in which carts survive.
    name: 'create-table-off-table-there',
    then: {
      act: (namespace) => kubectl(['-n', namespace, 'set', 'env', 'deploy/cart-deployment', '-c', 'cart', `${CREATE}=false`]),
      waitFor: serving,
    },
    expect: { ...green, verdicts: { ...green.verdicts, 'create-table': 'warn' } },
  },
  {
    name: 'optional-config-map',
    mutate: (app) => {
      app.container.envFrom = [{ configMapRef: { name: 'not-there', optional: true } }]
      app.container.env.push({ name: 'ALSO', valueFrom: { secretKeyRef: { name: 'not-there', key: 'x', optional: true } } })
    },
    expect: green,
  },
]
