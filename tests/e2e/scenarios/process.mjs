// What only the processes tell: who answers on DynamoDB's port, the table in it, what the running cart uses.
import { kubectl } from '../cluster.mjs'
import { all, available, cartCrashed, crashed, dbAnswers, runningUnready, serving } from '../conditions.mjs'
import { asking, freeze, itemsTable, listening, thaw, withDynamoDB } from '../dynamodb.mjs'
import { CART_IMAGE, CREATE, ENDPOINT, PROVIDER } from '../manifest.mjs'
import { HEALTHY } from '../scenario.mjs'

const one = (id, failed, more) => ({ rootCauses: [id], failed, ...more })
const noTable = cartCrashed(/non-existent table/)
const set = (...assignments) => (namespace) => kubectl(['-n', namespace, 'set', 'env', 'deploy/cart-deployment', '-c', 'cart', ...assignments])
const asked = (work) => (namespace) => withDynamoDB(namespace, work)

// The container has run for SECONDS: what does not listen by then is not about to.
const ranFor = (app, seconds) => Object.assign(({ pods }) => pods.some((p) => p.metadata.labels?.app === app
  && (p.status.containerStatuses ?? []).some((c) => c.state.running && Date.now() - Date.parse(c.state.running.startedAt) > seconds * 1000)),
{ what: `${app} has run for ${seconds} s` })

// DynamoDB has been up, and is stopped since.
const frozen = Object.assign(async (seen) => {
  if (!(await listening(seen))) return false
  await freeze(seen.namespace)
  return true
}, { what: 'DynamoDB frozen' })

export const processes = [
  {
    // The process accepts connections and says nothing; no object and no log shows it.
    name: 'db-frozen',
    mutate: (app) => { app.dbContainer.command = ['sh', '-c', 'java -jar DynamoDBLocal.jar -inMemory & wait'] },
    then: { act: freeze },
    expect: one('db-hangs', ['db-deployment'], { verdicts: { 'create-table': 'pass', 'cart-logs': 'pass', 'db-service': 'pass' } }),
  },
  {
    // Who does not sign is still answered: only a request that needs the storage tells.
    name: 'db-storage-not-writable',
    mutate: (app) => { app.dbContainer.args = ['-jar', 'DynamoDBLocal.jar', '-dbPath', '/'] },
    args: ['--wait', '0s'], // the cart's log says so after minutes
    cartLast: listening,
    waitFor: runningUnready('cart', 60), // by then DynamoDB, too, has had the time to start
    expect: one('db-hangs', ['create-table'], { verdicts: { 'db-deployment': 'pass', 'cart-logs': 'pass' } }),
  },
  {
    name: 'db-is-another-server',
    mutate: (app) => {
      app.dbContainer.image = CART_IMAGE
      app.dbContainer.env = [{ name: 'PORT', value: '8000' }]
    },
    waitFor: cartCrashed(/HTTP status code 404/),
    expect: one('endpoint-not-dynamodb', ['db-deployment', 'cart-logs'], { verdicts: { endpoint: 'pass' } }),
  },
  {
    // Available by every object there is, and nothing listens.
    name: 'db-does-not-listen',
    mutate: (app) => { app.dbContainer.command = ['sh', '-c', 'trap exit TERM; while :; do sleep 1; done'] },
    waitFor: all(cartCrashed(/Connection refused/), ranFor('dynamodb', 65)),
    expect: one('db-not-starting', ['db-deployment', 'cart-logs'], { verdicts: { 'db-service': 'pass', endpoint: 'pass' } }),
  },
  {
    name: 'db-restarted',
    then: {
      act: (namespace) => kubectl(['-n', namespace, 'delete', 'pod', '-l', 'app=dynamodb']),
      waitFor: all(serving, listening),
    },
    expect: one('db-restarted', ['create-table'], { verdicts: { 'db-deployment': 'pass', 'cart-logs': 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'table-deleted',
    then: { act: asked((call) => call('DeleteTable', { TableName: 'Items' })) },
    expect: one('table-missing', ['create-table'], { verdicts: { 'db-deployment': 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'table-without-index',
    then: {
      act: asked(async (call) => {
        await call('DeleteTable', { TableName: 'Items' })
        await call('CreateTable', itemsTable({ index: false }))
      }),
    },
    expect: one('table-index-missing', ['create-table'], { mentions: ['idx_global_customerId'] }),
    fixWorks: true,
  },
  {
    name: 'table-without-index-kept',
    then: {
      act: async (namespace, app) => {
        await asked(async (call) => {
          await call('DeleteTable', { TableName: 'Items' })
          await call('CreateTable', itemsTable({ index: false }))
        })(namespace, app)
        await set(`${CREATE}=false`)(namespace)
      },
      waitFor: crashed('cart'),
    },
    expect: one('table-index-missing', ['create-table', 'cart-logs']),
    fixWorks: true,
  },
  {
    // AWS_REGION is us-east-1, and somebody made the table there; the cart asks us-west-2 all the same.
    name: 'table-in-other-region',
    mutate: (app) => app.set(CREATE, 'false'),
    waitFor: noTable,
    then: { act: asked((call) => call('CreateTable', itemsTable(), { region: 'us-east-1' })) },
    expect: one('db-partition-changed', ['create-table', 'cart-logs'], { mentions: ['us-east-1'] }),
  },
  {
    name: 'table-under-earlier-key-id',
    then: { act: set(`${CREATE}=false`, 'AWS_ACCESS_KEY_ID=another'), waitFor: noTable },
    expect: one('db-partition-changed', ['create-table', 'cart-logs'], { mentions: ['key id of replicaset/'] }),
  },
  {
    // Both find no table, since both have asked before either is answered, and both make it. The one that fails starts
    // again by itself and takes the table from the other; here it waits with that.
    name: 'table-made-by-two',
    needs: 'packets',
    mutate: (app) => {
      app.dbContainer.command = ['sh', '-c', 'java -jar DynamoDBLocal.jar -inMemory & wait']
      app.cart.spec.replicas = 2
      app.cart.spec.template.spec.volumes = [{ name: 'mark', emptyDir: {} }]
      app.container.volumeMounts = [{ name: 'mark', mountPath: '/mark' }]
      app.container.command = ['sh', '-c', 'if [ -e /mark/ran ]; then sleep 60; fi; touch /mark/ran; exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar /app/app.jar']
      app.cart.spec.template.spec.terminationGracePeriodSeconds = 1
    },
    cartLast: frozen,
    waitFor: asking(2),
    then: { act: thaw, waitFor: cartCrashed(/preexisting table/) },
    args: ['--wait', '0s'],
    expect: one('table-create-race', ['cart-logs'], { verdicts: { 'create-table': 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'table-off-as-wanted',
    args: ['--set', 'create_table=false'],
    then: { act: set(`${CREATE}=false`), waitFor: serving },
    expect: { ...HEALTHY, verdicts: { ...HEALTHY.verdicts, 'create-table': 'pass' } },
  },
  {
    // One database for all: whose key id it is does not matter, nor whether it may be read.
    name: 'db-shared',
    mutate: (app) => { app.dbContainer.args = ['-jar', 'DynamoDBLocal.jar', '-inMemory', '-sharedDb'] },
    expect: HEALTHY,
  },
  {
    name: 'db-on-another-port',
    mutate: (app) => {
      app.dbContainer.args = ['-jar', 'DynamoDBLocal.jar', '-inMemory', '-port', '8123']
      app.dbService.spec.ports[0].targetPort = 8123
    },
    expect: HEALTHY,
  },
  {
    // The spec is right by now, the process was started before: carts are in memory until the next start.
    name: 'provider-changed-after-start',
    mutate: (app) => {
      app.configMap.data[PROVIDER] = 'in-memory'
      app.unset(PROVIDER)
      app.container.envFrom = [{ configMapRef: { name: 'cart' } }]
    },
    then: {
      act: (namespace) => kubectl(['-n', namespace, 'patch', 'configmap', 'cart', '-p', JSON.stringify({ data: { [PROVIDER]: 'dynamodb' } })]),
      waitFor: dbAnswers,
    },
    expect: one('provider-not-dynamodb', [], { verdicts: { 'cart-env': 'pass' } }),
    fixWorks: true,
  },
  // What runs is fine; the next start will not be. The fix corrects the ConfigMap and leaves the cart alone.
  ...Object.entries({
    'endpoint-changed-after-start': [ENDPOINT, 'http://dynamodb:8000', 'http://dynamodb:9000', one('endpoint-port', ['endpoint'])],
    'credentials-changed-after-start': ['AWS_SECRET_ACCESS_KEY', 'fake', '', one('credentials-incomplete', ['aws-credentials'])],
  }).map(([name, [variable, before, then, expect]]) => ({
    name,
    mutate: (app) => {
      app.configMap.data[variable] = before
      app.unset(variable)
      app.container.envFrom = [{ configMapRef: { name: 'cart' } }]
    },
    then: { act: (namespace) => kubectl(['-n', namespace, 'patch', 'configmap', 'cart', '-p', JSON.stringify({ data: { [variable]: then } })]) },
    expect: { ...expect, verdicts: { 'cart-logs': 'pass' }, mentions: ['the next start fails', 'patch configmap cart', 'do not restart'] },
    fixWorks: true,
  })),
  {
    // The Service has the documented name and selects somebody else's pods.
    name: 'service-leads-elsewhere',
    mutate: (app) => {
      app.others.push(...app.second('other'))
      app.dbService.spec.selector = { app: 'other' }
      app.dbService.spec.ports[0].targetPort = 8080
    },
    waitFor: all(available('dynamodb'), cartCrashed(/HTTP status code 404/)),
    expect: one('db-service-selector', ['db-service', 'cart-logs'], { mentions: ['endpoint-not-dynamodb'] }),
  },
]
