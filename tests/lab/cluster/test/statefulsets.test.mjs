// StatefulSets: names that stay, one pod after the other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatefulSets } from '../statefulsets.mjs'
import { Store } from '../store.mjs'

function scene(replicas) {
  const store = new Store()
  const recorded = []
  const controller = new StatefulSets({ store, events: { record: (_, type, reason) => recorded.push(reason) } })
  const labels = { app: 'db' }
  store.create('namespaces', { metadata: { name: 'a' } })
  store.create('statefulsets', {
    metadata: { name: 'db', namespace: 'a' },
    spec: { replicas, serviceName: 'db', selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'db', image: 'db:1' }] } } },
  })
  return {
    store, recorded,
    step: () => controller.reconcile('a'),
    names: () => store.list('pods', { namespace: 'a' }).filter((p) => !p.metadata.deletionTimestamp).map((p) => p.metadata.name).sort(),
    ready: (name) => {
      const pod = store.get('pods', 'a', name)
      store.update('pods', { ...pod, status: { ...pod.status, phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }, { subresource: 'status' })
    },
    set: () => store.get('statefulsets', 'a', 'db'),
  }
}

test('the_next_pod_waits_for_the_one_before', () => {
  const s = scene(2)
  s.step()
  s.step()
  assert.deepEqual(s.names(), ['db-0'])
  s.ready('db-0')
  s.step()
  assert.deepEqual(s.names(), ['db-0', 'db-1'])
  s.ready('db-1')
  s.step()
  assert.equal(s.set().status.readyReplicas, 2)
  assert.deepEqual(s.recorded, ['SuccessfulCreate', 'SuccessfulCreate'])
})

test('fewer_replicas_remove_the_last', () => {
  const s = scene(2)
  for (const name of ['db-0', 'db-1']) {
    s.step()
    s.ready(name)
  }
  s.store.update('statefulsets', { ...s.set(), spec: { ...s.set().spec, replicas: 1 } })
  s.step()
  assert.deepEqual(s.names(), ['db-0'])
})

test('a_changed_template_replaces_the_pod_under_its_name', () => {
  const s = scene(1)
  s.step()
  s.ready('db-0')
  const before = s.store.get('pods', 'a', 'db-0').metadata.uid
  const set = s.set()
  set.spec.template.spec.containers[0].image = 'db:2'
  s.store.update('statefulsets', set)
  s.step()
  if (s.store.peek('pods', 'a', 'db-0')) s.store.remove('pods', 'a', 'db-0', { gracePeriodSeconds: 0 })
  s.step()
  const after = s.store.get('pods', 'a', 'db-0')
  assert.notEqual(after.metadata.uid, before)
  assert.equal(after.spec.containers[0].image, 'db:2')
})
