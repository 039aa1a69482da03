// Faults of DynamoDB itself and of its Service.
import { all, available, cartCrashed, crashed, endedBy, noPodsFor, runningUnready, serving, waitingFor } from '../conditions.mjs'
import { ENDPOINT } from '../manifest.mjs'

const refused = cartCrashed(/Connection refused/)
const noSuchHost = cartCrashed(/UnknownHostException: dynamodb/)
// A packet to a port that the Service does not have leaves the node; outside it is dropped, or a stranger answers.
const strayed = cartCrashed(/Connect timed out|HTTP status code/)
// Other users of the cluster have a Service "dynamodb" too, so what is elsewhere has a name of its own.
const farHost = cartCrashed(/UnknownHostException: far-/)

function moveTo(namespace, name, ...objects) {
  for (const object of objects) object.metadata = { name, namespace }
}

const one = (id, failed, more) => ({ rootCauses: [id], failed, ...more })

export const database = [
  {
    name: 'db-scaled-to-zero',
    mutate: (app) => { app.db.spec.replicas = 0 },
    waitFor: refused,
    phases: true,
    expect: one('db-scaled-to-zero', ['db-deployment', 'cart-logs'], { verdicts: { 'db-service': 'pass', endpoint: 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'db-paused-before-its-first-rollout',
    mutate: (app) => { app.db.spec.paused = true },
    waitFor: refused,
    expect: one('db-scaled-to-zero', ['db-deployment', 'cart-logs'], { mentions: ['rollout resume'] }),
    fixWorks: true,
  },
  {
    name: 'db-missing',
    mutate: (app) => { app.db = null },
    waitFor: refused,
    expect: one('db-missing', ['db-deployment', 'cart-logs']),
  },
  {
    // It works, and is not what the checklist asks for.
    name: 'db-as-stateful-set',
    mutate: (app) => {
      app.db.kind = 'StatefulSet'
      app.db.spec.serviceName = 'dynamodb'
    },
    waitFor: available('cart-deployment'),
    expect: one('db-not-a-deployment', ['db-deployment'], { verdicts: { 'db-service': 'pass', 'cart-logs': 'pass' } }),
  },
  {
    name: 'db-of-another-name',
    mutate: (app) => { app.db.metadata.name = 'dynamodb-local' },
    waitFor: available('cart-deployment'),
    expect: one('db-not-a-deployment', ['db-deployment'], {
      verdicts: { 'db-service': 'pass', 'cart-logs': 'pass' }, mentions: ['--set db=dynamodb-local'],
    }),
  },
  {
    name: 'db-service-missing',
    mutate: (app) => { app.dbService = null },
    waitFor: noSuchHost,
    phases: true,
    expect: one('db-service-missing', ['db-service', 'cart-logs'], { verdicts: { 'db-deployment': 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'db-service-node-port',
    mutate: (app) => { app.dbService.spec.type = 'NodePort' },
    waitFor: serving,
    expect: one('db-service-type', ['db-service'], { verdicts: { 'cart-logs': 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'db-service-external-ips',
    mutate: (app) => { app.dbService.spec.externalIPs = ['192.0.2.7'] },
    waitFor: serving,
    expect: one('db-service-type', ['db-service'], { verdicts: { 'cart-logs': 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'db-service-selector',
    mutate: (app) => { app.dbService.spec.selector = { app: 'dynamo' } },
    waitFor: refused,
    expect: one('db-service-selector', ['db-service', 'cart-logs'], { verdicts: { 'db-deployment': 'pass', endpoint: 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'db-service-target-port-number',
    mutate: (app) => { app.dbService.spec.ports[0].targetPort = 8001 },
    waitFor: refused,
    phases: true,
    expect: one('db-service-target-port', ['db-service', 'cart-logs'], { verdicts: { 'db-deployment': 'pass', endpoint: 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'db-service-target-port-name',
    mutate: (app) => { app.dbService.spec.ports[0].targetPort = 'http' },
    waitFor: refused,
    expect: one('db-service-target-port', ['db-service', 'cart-logs'], { verdicts: { 'db-deployment': 'pass', endpoint: 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'db-service-port',
    mutate: (app) => { app.dbService.spec.ports[0].port = 9000 },
    waitFor: strayed,
    expect: one('db-service-port', ['db-service', 'cart-logs']),
    fixWorks: true,
  },
  {
    name: 'db-in-other-namespace',
    otherNamespaces: (namespace) => [`${namespace}-data`],
    mutate: (app, namespace) => {
      moveTo(`${namespace}-data`, 'far-dynamodb', app.db, app.dbService)
      app.set(ENDPOINT, 'http://far-dynamodb:8000')
    },
    args: ['--set', 'db=far-dynamodb'],
    waitFor: farHost,
    expect: one('db-in-other-namespace', ['db-deployment', 'db-service', 'cart-logs'], { mentions: ['-data'] }),
    fixWorks: true,
    afterFix: {
      waitFor: available('cart-deployment'),
      expect: { rootCauses: [], failed: [], exit: 0, verdicts: { 'db-deployment': 'warn', endpoint: 'pass' } },
    },
  },
  {
    // Whose database is meant cannot be known: both are named, and none is chosen for the user.
    name: 'db-in-two-other-namespaces',
    otherNamespaces: (namespace) => [`${namespace}-one`, `${namespace}-two`],
    mutate: (app, namespace) => {
      const copies = [app.db, app.dbService].map((object) => structuredClone(object))
      moveTo(`${namespace}-one`, 'far-twin', app.db, app.dbService)
      moveTo(`${namespace}-two`, 'far-twin', ...copies)
      app.others.push(...copies)
      app.set(ENDPOINT, 'http://far-twin:8000')
    },
    args: ['--set', 'db=far-twin'],
    waitFor: farHost,
    expect: one('db-in-other-namespace', ['db-deployment', 'db-service', 'cart-logs'], { mentions: ['-one', '-two'], noCommand: true }),
  },
  {
    // The program prints its usage and ends with 0: only that it ends at all tells.
    name: 'db-wrong-flag',
    mutate: (app) => { app.dbContainer.args = ['-jar', 'DynamoDBLocal.jar', '-inMemry'] },
    waitFor: all(crashed('dynamodb'), refused),
    expect: one('db-not-starting', ['db-deployment', 'cart-logs']),
  },
  {
    name: 'db-image-missing',
    mutate: (app) => { app.dbContainer.image = 'amazon/dynamodb-local:0.0.0' },
    waitFor: all(waitingFor('dynamodb', 'ErrImagePull', 'ImagePullBackOff'), refused),
    expect: one('db-not-starting', ['db-deployment', 'cart-logs']),
  },
  {
    name: 'db-out-of-memory',
    mutate: (app) => { app.dbContainer.resources = { limits: { memory: '40Mi' } } },
    waitFor: all(endedBy('dynamodb', 'OOMKilled'), refused),
    expect: one('db-not-starting', ['db-deployment', 'cart-logs']),
    fixWorks: true,
  },
  {
    // DynamoDB Local answers 400 to an unsigned GET, which to a probe is a failure.
    name: 'db-http-probe',
    mutate: (app) => { app.dbContainer.readinessProbe = { httpGet: { path: '/', port: 8000 }, periodSeconds: 2 } },
    waitFor: all(runningUnready('dynamodb', 8), refused),
    expect: one('db-not-ready', ['db-deployment', 'cart-logs'], { verdicts: { endpoint: 'pass' } }),
  },
  {
    name: 'db-quota',
    mutate: (app) => {
      app.dbContainer.resources = { requests: { memory: '1Gi' } }
      app.container.resources = { requests: { memory: '1Mi' } }
      app.others.push({
        apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small' }, spec: { hard: { 'requests.memory': '512Mi' } },
      })
    },
    waitFor: all(noPodsFor('dynamodb'), refused),
    expect: one('quota-exceeded', ['db-deployment', 'cart-logs']),
  },
]
