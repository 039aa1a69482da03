// The faults that a lab can be broken with: a change of the documented objects each. `lab break` names and makes them.
const PERSISTENCE = 'RETAIL_CART_PERSISTENCE_'
const ENDPOINT = `${PERSISTENCE}DYNAMODB_ENDPOINT`
const CREATE = `${PERSISTENCE}DYNAMODB_CREATE_TABLE`

// The documented objects, with names for those that faults change. An object that is set to null is not deployed; FRESH
// has all pods started anew, the database's too.
export class Deployed {
  constructor(objects) {
    const find = (kind, name) => objects.find((o) => o.kind === kind && o.metadata.name === name)
    this.db = find('Deployment', 'dynamodb')
    this.dbService = find('Service', 'dynamodb')
    this.cart = find('Deployment', 'cart-deployment')
    const named = [this.db, this.dbService, this.cart]
    this.others = objects.filter((o) => !named.includes(o))
  }

  objects() {
    return [...this.others, this.dbService, this.db, this.cart].filter(Boolean)
  }

  get container() {
    return this.cart.spec.template.spec.containers[0]
  }

  get dbContainer() {
    return this.db.spec.template.spec.containers[0]
  }

  set(name, value) {
    this.unset(name)
    this.container.env.push({ name, ...(typeof value === 'string' ? { value } : { valueFrom: value }) })
  }

  unset(...names) {
    this.container.env = this.container.env.filter((v) => !names.includes(v.name))
  }
}

const fault = (name, says, change) => ({ name, says, change })
const env = (name, says, variable, value) => fault(name, says, (app) => (value === undefined ? app.unset(variable) : app.set(variable, value)))

const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'one-pod' }, spec: { hard: { pods: '1' } } }
const isolation = {
  apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'keep-out' },
  spec: { podSelector: { matchLabels: { app: 'dynamodb' } }, policyTypes: ['Ingress'], ingress: [] },
}

// Named after the failure mode that postflight is to find (`postflight explain NAME`).
export const faults = [
  fault('none', 'the deployment as documented', () => {}),
  env('provider-not-dynamodb', 'the persistence provider is not set: carts are in memory', `${PERSISTENCE}PROVIDER`),
  env('provider-unknown', 'the persistence provider is spelled wrong', `${PERSISTENCE}PROVIDER`, 'dynamo'),
  env('endpoint-unset', 'no endpoint: the SDK calls real AWS', ENDPOINT),
  env('endpoint-malformed', 'an endpoint without a scheme', ENDPOINT, 'dynamodb:8000'),
  env('endpoint-scheme', 'https to a plain HTTP port', ENDPOINT, 'https://dynamodb:8000'),
  env('endpoint-localhost', 'the endpoint is in the cart\'s own pod', ENDPOINT, 'http://localhost:8000'),
  env('endpoint-host', 'a host that is no Service', ENDPOINT, 'http://dynamo:8000'),
  env('endpoint-port', 'a port that the Service does not serve', ENDPOINT, 'http://dynamodb:9000'),
  fault('db-missing', 'no DynamoDB Deployment', (app) => { app.db = null }),
  fault('db-scaled-to-zero', 'DynamoDB has no replicas', (app) => { app.db.spec.replicas = 0 }),
  fault('db-not-starting', 'DynamoDB is started with a wrong flag', (app) => { app.dbContainer.args = ['-jar', 'DynamoDBLocal.jar', '-inMemry'] }),
  fault('db-not-ready', 'a readiness probe that DynamoDB never passes', (app) => {
    app.dbContainer.readinessProbe = { httpGet: { path: '/', port: 8000 }, periodSeconds: 2 }
  }),
  fault('db-service-missing', 'no DynamoDB Service', (app) => { app.dbService = null }),
  fault('db-service-selector', 'the Service selects nothing', (app) => { app.dbService.spec.selector = { app: 'dynamo' } }),
  fault('db-service-target-port', 'the Service leads to a port where nobody listens', (app) => { app.dbService.spec.ports[0].targetPort = 8001 }),
  fault('db-service-port', 'the Service serves another port than documented', (app) => { app.dbService.spec.ports[0].port = 9000 }),
  fault('db-service-type', 'a NodePort where ClusterIP is documented', (app) => { app.dbService.spec.type = 'NodePort' }),
  fault('network-blocked', 'a NetworkPolicy keeps everybody from DynamoDB', (app) => { app.others.push(isolation) }),
  fault('credentials-missing', 'no access key', (app) => app.unset('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY')),
  fault('credentials-incomplete', 'a key id without a secret key', (app) => app.unset('AWS_SECRET_ACCESS_KEY')),
  env('credentials-illegal-key-id', 'a key id that DynamoDB Local refuses', 'AWS_ACCESS_KEY_ID', 'fake-key-id'),
  fault('table-missing', 'nobody makes the table', (app) => {
    app.set(CREATE, 'false')
    app.fresh = true
  }),
  env('table-name-illegal', 'a table name that DynamoDB does not accept', `${PERSISTENCE}DYNAMODB_TABLE_NAME`, 'my items'),
  env('create-table-not-boolean', 'a value that is neither true nor false', CREATE, 'ja'),
  env('config-reference-missing', 'a Secret that is not there', 'AWS_SECRET_ACCESS_KEY', { secretKeyRef: { name: 'not-there', key: 'secret' } }),
  fault('run-as-non-root', 'the image\'s user cannot be checked', (app) => { delete app.cart.spec.template.spec.securityContext.runAsUser }),
  fault('image-unavailable', 'an image that no registry has', (app) => { app.container.image = 'retail-store-sample-cart:9.9.9' }),
  fault('quota-exceeded', 'a quota with room for one pod', (app) => { app.others.unshift(quota) }),
  fault('unschedulable', 'a nodeSelector that no node has', (app) => { app.cart.spec.template.spec.nodeSelector = { disk: 'none-has-it' } }),
  fault('cart-oom', 'too little memory for the cart', (app) => { app.container.resources = { limits: { memory: '40Mi' } } }),
  env('cart-port-mismatch', 'PORT is not the probe\'s port', 'PORT', '9090'),
  fault('cart-missing', 'the cart\'s Deployment has another name', (app) => { app.cart.metadata.name = 'carts' }),
  fault('cart-scaled-to-zero', 'the cart has no replicas', (app) => { app.cart.spec.replicas = 0 }),
  fault('no-writable-tmp', 'nowhere to write', (app) => { delete app.container.volumeMounts }),
  fault('liveness-kills', 'a liveness probe that gives the JVM no time', (app) => {
    delete app.container.startupProbe
    app.container.livenessProbe = { httpGet: { path: '/not-there', port: 8080 }, periodSeconds: 1, failureThreshold: 2 }
  }),
]
