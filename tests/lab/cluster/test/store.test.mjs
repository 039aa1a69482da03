// What the store adds to objects, and what watches and listeners see of changes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Store } from '../store.mjs'

function storeWith(...namespaces) {
  const store = new Store()
  for (const name of namespaces) store.create('namespaces', { metadata: { name } })
  return store
}

const deployment = (name, replicas = 1) => ({
  metadata: { name, namespace: 'a' },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } } },
})
const pod = (name, more = {}) => ({ metadata: { name, namespace: 'a', ...more.metadata }, spec: { containers: [{ name: 'c', image: 'i' }], ...more.spec } })
const refusal = (code, text) => (error) => {
  assert.equal(error.code, code)
  assert.match(error.message, text)
  return true
}

test('an object gets what the server adds to it', () => {
  const made = storeWith('a').create('deployments', deployment('web'))
  assert.equal(made.apiVersion, 'apps/v1')
  assert.match(made.metadata.uid, /^[0-9a-f-]{36}$/)
  assert.equal(made.metadata.generation, 1)
  assert.deepEqual(made.spec.strategy, { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } })
  assert.equal(made.spec.template.spec.containers[0].imagePullPolicy, 'IfNotPresent')
  assert.equal(made.metadata.managedFields[0].manager, 'lab')
})

test('generation counts changes of spec, resourceVersion every change, and a change of nothing is none', () => {
  const store = storeWith('a')
  const made = store.create('deployments', deployment('web'))
  const same = store.update('deployments', made)
  assert.equal(same.metadata.resourceVersion, made.metadata.resourceVersion)
  const status = store.update('deployments', { ...made, status: { replicas: 1 }, spec: {} }, { subresource: 'status' })
  assert.equal(status.metadata.generation, 1)
  assert.equal(status.spec.replicas, 1)
  const scaled = store.patch('deployments', 'a', 'web', { spec: { replicas: 2 } })
  assert.equal(scaled.metadata.generation, 2)
  assert.deepEqual(scaled.status, { replicas: 1 })
  assert.ok(Number(scaled.metadata.resourceVersion) > Number(status.metadata.resourceVersion))
})

test('a write that is based on an old state is refused', () => {
  const store = storeWith('a')
  const made = store.create('deployments', deployment('web'))
  store.patch('deployments', 'a', 'web', { spec: { replicas: 2 } })
  assert.throws(() => store.update('deployments', made), refusal(409, /the object has been modified/))
  assert.throws(() => store.create('deployments', deployment('web')), refusal(409, /deployments.apps "web" already exists/))
  assert.throws(() => store.get('deployments', 'a', 'nothing'), refusal(404, /^deployments.apps "nothing" not found$/))
  assert.throws(() => store.create('pods', { metadata: { name: 'p', namespace: 'b' }, spec: {} }), refusal(404, /^namespaces "b" not found$/))
})

test('a scheduled pod goes in two steps, another at once', () => {
  const store = storeWith('a')
  store.create('pods', pod('waiting'))
  store.create('pods', pod('running', { spec: { nodeName: 'n', terminationGracePeriodSeconds: 7 } }))
  store.remove('pods', 'a', 'waiting')
  assert.equal(store.peek('pods', 'a', 'waiting'), undefined)
  const ending = store.remove('pods', 'a', 'running')
  assert.equal(ending.metadata.deletionGracePeriodSeconds, 7)
  assert.ok(Date.parse(ending.metadata.deletionTimestamp) > Date.now())
  store.remove('pods', 'a', 'running', { gracePeriodSeconds: 0 })
  assert.equal(store.peek('pods', 'a', 'running'), undefined)
})

test('finalizers hold an object until they are gone', () => {
  const store = storeWith('a')
  store.create('configmaps', { metadata: { name: 'held', namespace: 'a', finalizers: ['x/y'] } })
  store.remove('configmaps', 'a', 'held')
  assert.ok(store.get('configmaps', 'a', 'held').metadata.deletionTimestamp)
  store.patch('configmaps', 'a', 'held', { metadata: { finalizers: null } })
  assert.equal(store.peek('configmaps', 'a', 'held'), undefined)
})

test('a namespace ends when its content is finalized, and takes nothing new until then', () => {
  const store = storeWith('a')
  assert.equal(store.remove('namespaces', undefined, 'a').status.phase, 'Terminating')
  assert.throws(() => store.create('pods', pod('late')), refusal(403, /because it is being terminated/))
  store.update('namespaces', { metadata: { name: 'a' }, spec: { finalizers: [] } }, { subresource: 'finalize' })
  assert.equal(store.peek('namespaces', undefined, 'a'), undefined)
})

test('a watch goes on from a resourceVersion, and tells what enters and leaves its selection', () => {
  const store = storeWith('a')
  store.create('pods', pod('one', { metadata: { labels: { app: 'x' } } }))
  const from = store.resourceVersion
  store.create('pods', pod('two', { metadata: { labels: { app: 'x' } } }))
  const seen = []
  const stop = store.watch('pods', { namespace: 'a', resourceVersion: from, labelSelector: 'app=x' }, ({ type, object }) => seen.push(`${type} ${object.metadata.name}`))
  store.patch('pods', 'a', 'one', { metadata: { labels: { app: 'y' } } })
  store.patch('pods', 'a', 'one', { metadata: { labels: { app: 'x' } } })
  store.remove('pods', 'a', 'two')
  stop()
  store.remove('pods', 'a', 'one')
  assert.deepEqual(seen, ['ADDED two', 'DELETED one', 'ADDED one', 'DELETED two'])
})

test('a watch from before what is remembered is refused as expired', () => {
  const store = storeWith('a')
  const from = store.resourceVersion
  store.create('pods', pod('one'))
  store.compact()
  assert.throws(() => store.watch('pods', { resourceVersion: from }, () => {}), refusal(410, /^too old resource version/))
})

test('listeners hear of changes in order, after the change is done', async () => {
  const store = storeWith('a')
  const heard = []
  const stop = store.on('pods', ({ type, object, old }) => heard.push([type, object.metadata.name, old?.status?.phase]))
  store.create('pods', pod('one'))
  store.patch('pods', 'a', 'one', { status: { phase: 'Running' } }, { subresource: 'status' })
  assert.equal(heard.length, 0)
  await new Promise(setImmediate)
  assert.deepEqual(heard, [['ADDED', 'one', undefined], ['MODIFIED', 'one', 'Pending']])
  stop()
})

test('admission may change an object or refuse it', () => {
  const store = storeWith('a')
  store.admit('pods', ({ operation, object }) => { if (operation === 'create') object.spec.nodeSelector = { x: 'y' } })
  assert.deepEqual(store.create('pods', pod('one')).spec.nodeSelector, { x: 'y' })
})

test('managedFields name each manager with its fields and its newest time', () => {
  const store = storeWith('a')
  store.create('deployments', deployment('web'), { manager: 'kubectl-create' })
  store.patch('deployments', 'a', 'web', { spec: { replicas: 3 } }, { manager: 'kubectl-scale' })
  const [made, scaled] = store.get('deployments', 'a', 'web').metadata.managedFields
  assert.equal(made.fieldsV1['f:spec']['f:replicas'], undefined)
  assert.deepEqual(scaled.fieldsV1, { 'f:spec': { 'f:replicas': {} } })
})
