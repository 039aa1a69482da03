// Faults beside the documented ones, each met by hand: what is odd stands alone against everything else, and the fix
// must touch that and nothing else.
import { all, available, cartCrashed, crashed, dbAnswers, runningUnready, serving, waitingFor } from '../conditions.mjs'

const one = (id, failed, more) => ({ rootCauses: [id], failed, ...more })
const dbUp = all(available('dynamodb'), dbAnswers)
const sidecar = (app, command) => ({ name: 'proxy', image: app.container.image, imagePullPolicy: 'IfNotPresent', command })

export const odd = [
  {
    // Everything that the cart needs was given to its sidecar: the cart comes up, with nothing of it.
    name: 'variables-in-the-sidecar',
    mutate: (app) => {
      app.cart.spec.template.spec.containers.unshift({
        name: 'proxy', image: app.container.image, imagePullPolicy: 'IfNotPresent', env: app.container.env,
        command: ['sh', '-c', 'trap exit TERM; while :; do sleep 1; done'],
      })
      app.container.env = []
    },
    expect: {
      rootCauses: ['provider-not-dynamodb', 'credentials-missing', 'region-missing'], failed: ['cart-env', 'aws-credentials', 'endpoint'],
      mentions: ['in container proxy'],
    },
  },
  {
    // PORT, the readiness probe and the Service agree: to change PORT would break all three.
    name: 'liveness-probe-port',
    mutate: (app) => {
      app.container.livenessProbe = { httpGet: { path: '/actuator/health/liveness', port: 8081 }, periodSeconds: 3, failureThreshold: 8 }
      app.cart.spec.template.spec.terminationGracePeriodSeconds = 1
    },
    cartLast: dbUp,
    waitFor: crashed('cart'),
    expect: one('cart-port-mismatch', ['cart-env'], { mentions: ['livenessProbe'] }),
    fixWorks: true,
    afterFix: { waitFor: available('cart-deployment') },
  },
  {
    name: 'service-port-against-probe',
    mutate: (app) => {
      app.set('PORT', '9090')
      app.container.readinessProbe.httpGet.port = 9090
    },
    expect: one('cart-port-mismatch', ['cart-env'], { mentions: ['service/cart'] }),
    fixWorks: true,
  },
  {
    name: 'port-illegal',
    mutate: (app) => app.set('PORT', 'http'),
    cartLast: dbUp,
    waitFor: cartCrashed(/server\.port/),
    expect: one('cart-port-mismatch', ['cart-env', 'cart-logs']),
    fixWorks: true,
  },
  {
    // It never ran: there is no log that could be clean, or lost.
    name: 'command-missing',
    mutate: (app) => { app.container.command = ['/nope'] },
    cartLast: dbUp,
    waitFor: waitingFor('cart', 'RunContainerError', 'CrashLoopBackOff'),
    expect: one('cart-not-starting', [], { verdicts: { 'cart-logs': 'skip' }, mentions: ['/nope'] }),
  },
  {
    name: 'sidecar-crashes',
    mutate: (app) => { app.cart.spec.template.spec.containers.push(sidecar(app, ['sh', '-c', 'exit 2'])) },
    cartLast: dbUp,
    waitFor: crashed('cart', 'proxy'),
    expect: one('cart-not-starting', [], { mentions: ['-c proxy --previous'] }),
  },
  {
    name: 'sidecar-image-missing',
    mutate: (app) => { app.cart.spec.template.spec.containers.push({ name: 'proxy', image: 'not-there:1' }) },
    cartLast: dbUp,
    waitFor: waitingFor('cart', 'ErrImagePull', 'ImagePullBackOff'),
    expect: one('image-unavailable', [], { mentions: ['not-there:1 of container proxy'] }),
  },
  {
    // Every second connection meets the cart itself.
    name: 'service-selects-the-cart-too',
    mutate: (app) => {
      app.db.spec.template.metadata.labels.tier = 'shop'
      app.cart.spec.template.metadata.labels.tier = 'shop'
      app.dbService.spec.selector = { tier: 'shop' }
      app.dbService.spec.ports[0].targetPort = 8000
    },
    cartLast: dbUp,
    waitFor: runningUnready('cart', 0),
    args: ['--wait', '0s'],
    expect: one('db-service-selector', ['db-service'], { verdicts: { 'db-deployment': 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'second-port-of-the-service-target',
    mutate: (app) => {
      app.dbService.spec.ports = [{ name: 'metrics', port: 9100, targetPort: 9100 }, { name: 'dynamodb', port: 8000, targetPort: 8001 }]
    },
    waitFor: all(available('dynamodb'), cartCrashed(/Connection refused/)),
    expect: one('db-service-target-port', ['db-service', 'cart-logs']),
    fixWorks: true,
  },
  {
    name: 'second-port-of-the-service-number',
    mutate: (app) => {
      app.dbService.spec.ports = [{ name: 'metrics', port: 9100, targetPort: 9100 }, { name: 'dynamodb', port: 9000, targetPort: 8000 }]
    },
    args: ['--wait', '0s'],
    waitFor: all(available('dynamodb'), runningUnready('cart', 0)),
    expect: one('db-service-port', ['db-service']),
    fixWorks: true,
  },
  {
    // The container with the probe is the second one: a fix by position would change the other.
    name: 'db-http-probe-beside-a-sidecar',
    mutate: (app) => {
      app.dbContainer.readinessProbe = { httpGet: { path: '/', port: 8000 }, periodSeconds: 2 }
      app.db.spec.template.spec.containers.unshift(sidecar(app, ['sh', '-c', 'trap exit TERM; while :; do sleep 1; done']))
    },
    waitFor: all(runningUnready('dynamodb', 25), cartCrashed(/Connection refused/)),
    expect: one('db-not-ready', ['db-deployment', 'cart-logs']),
    fixWorks: true,
  },
  {
    // The container crashed once before DynamoDB was up; what keeps it from being ready now is something else.
    name: 'readiness-path',
    mutate: (app) => { app.container.readinessProbe.httpGet.path = '/not-there' },
    cartLast: dbUp,
    waitFor: runningUnready('cart', 25),
    expect: one('cart-not-ready', [], { mentions: ['statuscode: 404'], verdicts: { 'cart-logs': 'pass' } }),
  },
  {
    // Each replica keeps its own tables, and the Service chooses one for each connection.
    name: 'db-two-replicas',
    mutate: (app) => { app.db.spec.replicas = 2 },
    cartLast: dbUp,
    waitFor: serving,
    expect: one('db-several-replicas', ['create-table']),
    fixWorks: true,
  },
  {
    // The cart's own container, and a reason that nobody knows: what it said last, and how to read on.
    name: 'crash-unexplained',
    mutate: (app) => {
      app.container.command = ['sh', '-c', 'echo starting up; echo "FATAL: the licence of this shop has expired" >&2; sleep 1; exit 3']
    },
    cartLast: dbUp,
    waitFor: crashed('cart'),
    phases: true,
    expect: {
      rootCauses: [], failed: [], exit: 1, verdicts: { 'cart-logs': 'warn' },
      mentions: ['the licence of this shop has expired', 'logs deploy/cart-deployment -c cart --previous'],
    },
  },
]
