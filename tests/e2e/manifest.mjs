// The documented deployment as objects that a scenario changes before they are applied.
import { randomBytes } from 'node:crypto'

export const PERSISTENCE = 'RETAIL_CART_PERSISTENCE_'
export const TABLE = `${PERSISTENCE}DYNAMODB_TABLE_NAME`
export const ENDPOINT = `${PERSISTENCE}DYNAMODB_ENDPOINT`
export const CREATE = `${PERSISTENCE}DYNAMODB_CREATE_TABLE`
export const PROVIDER = `${PERSISTENCE}PROVIDER`

export const CART_IMAGE = process.env.CART_IMAGE ?? 'retail-store-sample-cart:1.6.2'
export const DB_IMAGE = process.env.DB_IMAGE ?? 'amazon/dynamodb-local:1.25.1'

export class Documented {
  constructor() {
    // Letters and digits only, so that it is a legal key id too where a scenario makes it one.
    this.canary = `Canary${randomBytes(9).toString('hex')}`
    this.db = deployment('dynamodb', { app: 'dynamodb' }, {
      name: 'dynamodb', image: DB_IMAGE, imagePullPolicy: 'IfNotPresent',
      ports: [{ name: 'dynamodb', containerPort: 8000 }],
    })
    this.dbService = service('dynamodb', { app: 'dynamodb' }, { name: 'dynamodb', port: 8000, targetPort: 'dynamodb' })
    this.cart = deployment('cart-deployment', { app: 'cart' }, {
      name: 'cart', image: CART_IMAGE, imagePullPolicy: 'IfNotPresent',
      ports: [{ name: 'http', containerPort: 8080 }],
      env: [
        { name: PROVIDER, value: 'dynamodb' },
        { name: TABLE, value: 'Items' },
        { name: ENDPOINT, value: 'http://dynamodb:8000' },
        { name: CREATE, value: 'true' },
        { name: 'PORT', value: '8080' },
        { name: 'AWS_ACCESS_KEY_ID', value: 'fakeKeyId' },
        { name: 'AWS_SECRET_ACCESS_KEY', value: this.canary },
        { name: 'AWS_REGION', value: 'us-east-1' },
      ],
      readinessProbe: { httpGet: { path: '/actuator/health/readiness', port: 8080 }, periodSeconds: 3 },
    })
    this.cartService = service('cart', { app: 'cart' }, { name: 'http', port: 80, targetPort: 'http' })
    this.namespaceLabels = {}
    // Things that hold the canary and that nothing refers to unless a scenario does.
    this.secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'aws' }, stringData: { id: 'fakeKeyId', secret: this.canary } }
    this.configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cart' }, data: { AWS_SECRET_ACCESS_KEY: this.canary } }
    this.others = []
  }

  // Services come first: a pod has variables only for Services that are older than it.
  objects() {
    return [this.secret, this.configMap, ...this.others, this.dbService, this.cartService, this.db, this.cart].filter(Boolean)
  }

  get container() {
    return this.cart.spec.template.spec.containers.find((c) => c.name === 'cart')
  }

  get dbContainer() {
    return this.db.spec.template.spec.containers[0]
  }

  // Sets a variable of the cart; VALUE is text, or an object that is a valueFrom.
  set(name, value) {
    this.unset(name)
    this.container.env.push(typeof value === 'string' ? { name, value } : { name, valueFrom: value })
    return this
  }

  unset(...names) {
    this.container.env = this.container.env.filter((v) => !names.includes(v.name))
    return this
  }

  // A Deployment and Service NAME of an in-memory cart: an HTTP server that is not DynamoDB.
  second(name) {
    const labels = { app: name }
    const container = {
      name, image: CART_IMAGE, imagePullPolicy: 'IfNotPresent', ports: [{ name: 'http', containerPort: 8080 }],
      readinessProbe: { httpGet: { path: '/topology', port: 8080 }, periodSeconds: 3 },
    }
    return [deployment(name, labels, container), service(name, labels, { name: 'http', port: 80, targetPort: 'http' })]
  }

  // Takes variables out of the container and returns them as a name → value object, for a ConfigMap's data.
  takeOut(...names) {
    const taken = Object.fromEntries(this.container.env.filter((v) => names.includes(v.name)).map((v) => [v.name, v.value]))
    this.unset(...names)
    return taken
  }
}

function deployment(name, labels, container) {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
    spec: {
      replicas: 1, selector: { matchLabels: labels },
      template: { metadata: { labels: { ...labels } }, spec: { containers: [container] } },
    },
  }
}

function service(name, selector, port) {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { ...selector }, ports: [port] } }
}
