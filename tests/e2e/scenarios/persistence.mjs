// The test with --restart: deployments that keep their carts, those that lose them in each way, and what gets in its
// way meanwhile.
import { apply, get, kubectl, until } from '../cluster.mjs'
import { available, dbAnswers, serving } from '../conditions.mjs'
import { withDynamoDB } from '../dynamodb.mjs'
import { CREATE, PROVIDER } from '../manifest.mjs'

const RESTART = ['--restart']
const NOTE = 'postflight/persistence-test'
const kept = { rootCauses: [], failed: [], exit: 0, verdicts: { persistence: 'pass', 'create-table': 'warn' } }
const lost = (cause, verdicts = {}) => ({ rootCauses: [cause], failed: ['persistence'], verdicts })

const setEnv = (namespace, ...pairs) => kubectl(['-n', namespace, 'set', 'env', 'deploy/cart-deployment', '-c', 'cart', ...pairs])
// The table that the first start made stays.
const keepTable = { act: (namespace) => setEnv(namespace, `${CREATE}=false`), waitFor: serving }

export const noteOf = async (namespace) => {
  const deployment = await get(`/apis/apps/v1/namespaces/${namespace}/deployments/cart-deployment`)
  const text = deployment?.metadata.annotations?.[NOTE]
  return text ? JSON.parse(text) : null
}

// Resolves once the run under way has noted STEP.
export const stepNoted = (step) =>
  Object.assign(async ({ namespace }) => (await noteOf(namespace))?.step === step, { what: `step ${step} noted` })

const addToCart = (namespace, customer) => {
  const path = `/api/v1/namespaces/${namespace}/services/cart:80/proxy/carts/${customer}/items`
  return kubectl(['create', '--raw', path, '-f', '-'], { input: '{"itemId":"theirs","quantity":1,"unitPrice":1}' })
}

const replicas = (count) => (app) => {
  app.cart.spec.replicas = count
}

// Only one start makes the table, and the second replica finds it.
const twoReplicas = async (namespace) => {
  await setEnv(namespace, `${CREATE}=false`)
  await kubectl(['-n', namespace, 'scale', 'deploy/cart-deployment', '--replicas=2'])
}

const autoscaler = {
  apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'cart' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart-deployment' }, minReplicas: 1, maxReplicas: 3,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
  },
}

// As somebody would who tidies up: table, database and configuration stay as they are.
const deleteItems = (namespace) => withDynamoDB(namespace, async (call) => {
  const { Items: items } = await call('Scan', { TableName: 'Items' })
  for (const { id } of items) await call('DeleteItem', { TableName: 'Items', Key: { id } })
})

// Nothing of the test may be left behind.
const clean = async (namespace, problems) => {
  if (await noteOf(namespace)) problems.push('the note of the test is left on the Deployment')
}

export const persistence = [
  {
    name: 'restart-documented', args: RESTART, after: clean,
    expect: lost('table-recreated-at-start', { 'create-table': 'pass' }), fixWorks: true, afterFix: { expect: kept },
  },
  { name: 'restart-durable', args: RESTART, then: keepTable, expect: kept, after: clean },
  { name: 'restart-durable-by-pod', args: ['--restart=pod'], then: keepTable, expect: kept, after: clean },
  { name: 'restart-two-replicas', args: RESTART, then: { act: twoReplicas, waitFor: serving }, expect: kept, after: clean },
  {
    name: 'restart-recreate-strategy', args: RESTART, then: keepTable, expect: kept, after: clean,
    mutate: (app) => {
      app.cart.spec.strategy = { type: 'Recreate' }
    },
  },
  {
    // One at a time, each slow to be ready, and somebody else who scales: the wait ends when no old pod serves.
    name: 'restart-slow-rollout', args: RESTART, after: clean,
    mutate: (app) => {
      Object.assign(app.cart.spec, { minReadySeconds: 2, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } })
      app.container.readinessProbe.initialDelaySeconds = 4
      app.others.push(autoscaler)
    },
    then: { act: twoReplicas, waitFor: serving },
    expect: { ...kept, evidence: ['horizontalpodautoscaler/cart'] },
  },
  {
    // A budget keeps others from evicting; whoever deletes has been asked for consent.
    name: 'restart-by-pod-two-replicas', args: ['--restart=pod'], after: clean,
    mutate: (app) => app.others.push({
      apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'cart' },
      spec: { minAvailable: 2, selector: { matchLabels: { app: 'cart' } } },
    }),
    then: { act: twoReplicas, waitFor: serving },
    expect: kept,
  },
  {
    name: 'restart-scaled-to-zero', args: RESTART, after: clean,
    mutate: replicas(0),
    waitFor: dbAnswers,
    expect: { rootCauses: ['cart-scaled-to-zero'], failed: [], verdicts: { persistence: 'skip' } },
  },
  {
    name: 'restart-in-memory', args: [...RESTART, '--allow-data-loss'], mutate: (app) => app.set(PROVIDER, 'in-memory'), after: clean,
    expect: { rootCauses: ['provider-not-dynamodb'], failed: ['cart-env', 'persistence'] },
  },
  {
    name: 'restart-in-memory-refused', args: RESTART, mutate: (app) => app.set(PROVIDER, 'in-memory'), after: clean,
    expect: { rootCauses: ['provider-not-dynamodb'], failed: ['cart-env'], verdicts: { persistence: 'skip' } },
  },
  {
    name: 'restart-in-memory-two-replicas', args: [...RESTART, '--allow-data-loss'], after: clean,
    mutate: (app) => {
      app.set(PROVIDER, 'in-memory')
      app.cart.spec.replicas = 2
    },
    expect: { rootCauses: ['provider-not-dynamodb'], failed: ['cart-env', 'persistence'] },
  },
  {
    name: 'restart-others-refused', args: RESTART, then: { act: (namespace) => addToCart(namespace, 'alice') }, after: clean,
    expect: { rootCauses: [], failed: [], exit: 0, verdicts: { persistence: 'skip' } },
  },
  {
    name: 'restart-others-consented', args: [...RESTART, '--allow-data-loss'], after: clean,
    then: { act: (namespace) => addToCart(namespace, 'alice') },
    expect: lost('table-recreated-at-start'),
  },
  {
    // The old pods run with one key id, and the Secret has held another since.
    name: 'restart-partition-changed', args: RESTART, after: clean,
    mutate: (app) => app.set('AWS_ACCESS_KEY_ID', { secretKeyRef: { name: 'aws', key: 'id' } }),
    then: {
      act: async (namespace, app) => {
        const secret = { ...app.secret, stringData: { ...app.secret.stringData, id: 'anotherKeyId' } }
        // A first start under the new key id makes the table there as well.
        await apply(namespace, [secret])
        await kubectl(['-n', namespace, 'rollout', 'restart', 'deploy/cart-deployment'])
        await until(namespace, available('cart-deployment'))
        await apply(namespace, [app.secret])
        await setEnv(namespace, `${CREATE}=false`)
        await until(namespace, available('cart-deployment'))
        await apply(namespace, [secret])
      },
    },
    expect: lost('db-partition-changed'),
  },
  {
    name: 'restart-new-pods-crash', args: RESTART, after: clean,
    mutate: (app) => {
      app.configMap.data = { ...app.configMap.data, ...app.takeOut(CREATE) }
      app.container.envFrom = [{ configMapRef: { name: 'cart' } }]
    },
    then: { act: (namespace) => kubectl(['-n', namespace, 'patch', 'configmap', 'cart', '-p', `{"data":{"${CREATE}":"maybe"}}`]) },
    expect: { rootCauses: ['create-table-not-boolean'], failed: ['create-table'], verdicts: { persistence: 'error' } },
  },
  {
    name: 'restart-database-restarts', cartLast: available('dynamodb'), args: [...RESTART, '--allow-data-loss'], after: clean,
    during: async (namespace) => {
      await until(namespace, stepNoted('restart'))
      await kubectl(['-n', namespace, 'delete', 'pod', '-l', 'app=dynamodb', '--grace-period=0', '--force'])
    },
    expect: lost('db-restarted'),
  },
  {
    // The new pod takes its time, so that the item is gone before anybody reads it.
    name: 'restart-item-deleted', args: RESTART, then: keepTable, after: clean,
    mutate: (app) => {
      app.container.readinessProbe.initialDelaySeconds = 4
    },
    during: async (namespace) => {
      await until(namespace, stepNoted('restart'))
      await deleteItems(namespace)
    },
    expect: lost('data-lost', { 'create-table': 'warn' }),
  },
  {
    name: 'restart-other-rollout', args: RESTART, then: keepTable, after: clean,
    during: async (namespace) => {
      await until(namespace, stepNoted('restart'))
      await setEnv(namespace, 'SOMETHING=else')
    },
    expect: { rootCauses: [], failed: [], exit: 2, verdicts: { persistence: 'error' } },
  },
  {
    name: 'restart-paused', args: RESTART, then: {
      act: async (namespace) => {
        await keepTable.act(namespace)
        await until(namespace, serving)
        await kubectl(['-n', namespace, 'rollout', 'pause', 'deploy/cart-deployment'])
      },
    },
    expect: { rootCauses: [], failed: [], exit: 0, verdicts: { persistence: 'skip' } }, after: clean,
  },
]
