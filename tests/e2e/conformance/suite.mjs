// What postflight relies on of an API server, asked of the one of the current kubeconfig: the requests that it makes,
// and what comes back. A row is a test; all share a namespace with the documented deployment, and others: a cart
// that crashes, one that waits for its image, one that tests restart, one whose program is not there, one without pods.
import { apply, createNamespace, deleteNamespace, namespaceFor, until } from '../cluster.mjs'
import { serving } from '../conditions.mjs'
import { Documented, PROVIDER } from '../manifest.mjs'
import { access } from './access.mjs'
import { Client } from './client.mjs'
import { containers } from './containers.mjs'
import { logs } from './logs.mjs'
import { objects } from './objects.mjs'
import { watches } from './watches.mjs'
import { writes } from './writes.mjs'

const namespace = namespaceFor('conformance')

function deploymentNamed(name, change) {
  const { cart } = new Documented()
  const labels = { app: name }
  cart.metadata = { name }
  cart.spec.selector = { matchLabels: labels }
  cart.spec.template.metadata = { labels }
  change(cart.spec.template.spec.containers[0])
  return cart
}

const crashing = deploymentNamed('crashing', (c) => c.env.find((e) => e.name === PROVIDER).value = 'no-such-provider')
const waiting = deploymentNamed('waiting', (c) => Object.assign(c, { image: 'postflight.invalid/no-such-image:1', env: [] }))

const moved = deploymentNamed('moved', (c) => Object.assign(c, { image: 'postflight.invalid/no-such-image:1', env: [] }))
const unstartable = deploymentNamed('unstartable', (c) => Object.assign(c, { command: ['/no-such-program'], env: [] }))

// Two that mount: what is there, and what is not.
const mountedObjects = [
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mounted' }, stringData: { key: 'of the secret' } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mounted' }, data: { one: 'of the map', two: 'not asked for' } },
]
const mounting = deploymentNamed('mounting', (c) => Object.assign(c, {
  env: [], readinessProbe: undefined, command: ['sh', '-c', 'trap exit TERM; while :; do sleep 1; done'],
  volumeMounts: [
    { name: 'secret', mountPath: '/of/secret' }, { name: 'map', mountPath: '/of/map', readOnly: true },
    { name: 'map', mountPath: '/of/file', subPath: 'in/here' }, { name: 'empty', mountPath: '/of/empty' },
  ],
}))
mounting.spec.template.spec.volumes = [
  { name: 'secret', secret: { secretName: 'mounted' } }, { name: 'map', configMap: { name: 'mounted', items: [{ key: 'one', path: 'in/here' }] } }, { name: 'empty', emptyDir: {} },
]
const unmounted = deploymentNamed('unmounted', (c) => Object.assign(c, { env: [], volumeMounts: [{ name: 'v', mountPath: '/v' }] }))
unmounted.spec.template.spec.volumes = [{ name: 'v', configMap: { name: 'absent' } }]
const idle = deploymentNamed('idle', () => {})
idle.spec.replicas = 0

const account = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'reader' },
    rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }, { apiGroups: [''], resources: ['services'], resourceNames: ['dynamodb'], verbs: ['get'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'reader' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' }, subjects: [{ kind: 'ServiceAccount', name: 'reader' }],
  },
]

const stateOf = (snapshot, app) => snapshot.pods.find((p) => p.metadata.labels.app === app)?.status.containerStatuses?.[0]
const ready = Object.assign(async (snapshot) =>
  (stateOf(snapshot, 'crashing')?.restartCount ?? 0) > 0 && ['waiting', 'moved'].every((app) => stateOf(snapshot, app)?.state.waiting?.reason?.includes('Image')) &&
  (await serving({ ...snapshot, deployments: snapshot.deployments.filter((d) => ['cart-deployment', 'dynamodb'].includes(d.metadata.name)) })),
{ what: 'the cart serves, one crashed, two wait for their image' })

let made
function shared(context) {
  made ??= (async () => {
    context.cleanup.add(() => (process.env.KEEP ? null : deleteNamespace(namespace)))
    await createNamespace(namespace)
    await apply(namespace, [...account, ...new Documented().objects(), crashing, waiting, moved, unstartable, ...mountedObjects, mounting, unmounted, idle])
    await until(namespace, ready)
    return { client: await Client.current(), namespace }
  })()
  return made
}

// What a row has to say things with. Paths are given from the namespace on.
class Row {
  constructor({ client, namespace: name }, problems) {
    Object.assign(this, { client, namespace: name, problems })
  }

  core(path) {
    return `/api/v1/namespaces/${this.namespace}/${path}`
  }

  apps(path) {
    return `/apis/apps/v1/namespaces/${this.namespace}/${path}`
  }

  equal(what, got, expected) {
    if (JSON.stringify(got) !== JSON.stringify(expected)) this.problems.push(`${what} is ${JSON.stringify(got)?.slice(0, 300)}, expected ${JSON.stringify(expected)}`)
  }

  match(what, got, pattern) {
    if (!pattern.test(String(got))) this.problems.push(`${what} is ${JSON.stringify(got)?.slice(0, 300)}, expected ${pattern}`)
  }

  ok(what, holds) {
    if (!holds) this.problems.push(`not so: ${what}`)
  }

  // A refusal: its HTTP status and its Status document.
  refused(answer, code, reason, message) {
    this.equal('the HTTP status', answer.status, code)
    const { kind, apiVersion, status, code: told, reason: why, message: text } = answer.json ?? {}
    this.equal('the Status', { kind, apiVersion, status, code: told, reason: why }, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason })
    this.match('its message', text, message)
  }

  // What ASK gives once ENOUGH holds of it; what it gave last when that takes too long.
  async eventually(ask, enough) {
    const deadline = Date.now() + 20_000
    for (;;) {
      const answer = await ask()
      if (enough(answer) || Date.now() > deadline) return answer
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  // The Deployment after its controller has seen the last change.
  async settled(path) {
    const { json } = await this.eventually(() => this.client.get(path), (a) => a.json.status.observedGeneration === a.json.metadata.generation)
    return json
  }

  // The pod of an application's newest ReplicaSet that is not on its way out.
  async pod(app) {
    const { json } = await this.client.get(this.core(`pods?limit=500&labelSelector=app%3D${app}`))
    return json.items.filter((p) => !p.metadata.deletionTimestamp).sort((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp))[0]
  }
}

const rows = [objects, writes, watches, logs, containers, access].flat()

export const conformanceTests = rows.map(({ name, run }) => ({
  name: `conformance/${name}`,
  run: async (context) => {
    const problems = []
    await run(new Row(await shared(context), problems))
    return problems
  },
}))
