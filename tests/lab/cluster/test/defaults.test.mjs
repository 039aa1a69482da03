// What the server fills in, and how it writes quantities.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonical } from '../canonical.mjs'
import { duration } from '../duration.mjs'
import { Store } from '../store.mjs'

test('quantities are written in the largest unit that leaves a whole number', () => {
  const cases = {
    0.5: '500m', 1000: '1k', '1000m': '1', '1024Mi': '1Gi', '1.5Gi': '1536Mi', '100m': '100m', '1500m': '1500m', '1Gi': '1Gi', 0: '0', '0Mi': '0', '2000000': '2M',
    '0.0000000001': '1n', '1e3': '1e3', '1100Mi': '1100Mi', '1536': '1536',
  }
  for (const [given, expected] of Object.entries(cases)) assert.equal(canonical(given), expected, given)
})

test('ages have two units while the first is small', () => {
  const cases = [[-5000, '<invalid>'], [-1, '0s'], [0, '0s'], [119e3, '119s'], [120e3, '2m'], [555e3, '9m15s'], [600e3, '10m'], [11700e3, '3h15m'], [86400e3, '24h'], [3 * 86400e3 + 3600e3, '3d1h'], [9 * 86400e3, '9d']]
  for (const [ms, expected] of cases) assert.equal(duration(ms), expected)
})

function store() {
  const made = new Store()
  made.create('namespaces', { metadata: { name: 'a' } })
  return made
}

test('a pod gets its service account, its token, and requests from limits', () => {
  const { spec, status } = store().create('pods', { metadata: { name: 'p', namespace: 'a' }, spec: { containers: [{ name: 'c', image: 'i:1', resources: { limits: { cpu: '1', memory: '1Gi' } } }] } })
  assert.deepEqual(spec.containers[0].resources.requests, { cpu: '1', memory: '1Gi' })
  assert.equal(status.qosClass, 'Guaranteed')
  assert.equal(spec.serviceAccountName, 'default')
  assert.match(spec.containers[0].volumeMounts[0].name, /^kube-api-access-[a-z0-9]{5}$/)
})

test('a Service loses what belonged to the type it had', () => {
  const objects = store()
  objects.create('services', { metadata: { name: 's', namespace: 'a' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } })
  const { spec } = objects.get('services', 'a', 's')
  assert.ok(spec.clusterIP && spec.ports[0].nodePort >= 30000 && spec.externalTrafficPolicy === 'Cluster')
  const inside = objects.patch('services', 'a', 's', { spec: { type: 'ClusterIP' } })
  assert.deepEqual([inside.spec.clusterIP, inside.spec.ports[0].nodePort, inside.spec.externalTrafficPolicy], [spec.clusterIP, undefined, undefined])
  const named = objects.patch('services', 'a', 's', { spec: { type: 'ExternalName', externalName: 'x.y' } })
  assert.deepEqual([named.spec.clusterIP, named.spec.ipFamilies], [undefined, undefined])
})
