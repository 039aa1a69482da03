// Patches give what the real API server gives for them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyPatch } from '../patch.mjs'

const spec = () => ({
  spec: {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
    containers: [{ name: 'c', env: [{ name: 'A', value: '1' }, { name: 'B', value: '2' }], args: ['x', 'y'] }, { name: 'd' }],
  },
})

test('strategic: elements of lists go by their key, other lists are replaced', () => {
  const { spec: { containers } } = applyPatch('strategic', spec(), { spec: { containers: [{ name: 'c', env: [{ name: 'B', value: '3' }], args: ['z'] }] } })
  assert.deepEqual(containers, [{ name: 'c', env: [{ name: 'A', value: '1' }, { name: 'B', value: '3' }], args: ['z'] }, { name: 'd' }])
})

test('strategic: an element is deleted, and one is added where the order says', () => {
  const patch = { spec: { containers: [{ name: 'c', $patch: 'delete' }, { name: 'e' }], '$setElementOrder/containers': [{ name: 'd' }, { name: 'e' }] } }
  assert.deepEqual(applyPatch('strategic', spec(), patch).spec.containers, [{ name: 'd' }, { name: 'e' }])
})

test('strategic: what is new and in no stated order comes first, as on a real server', () => {
  const { spec: { containers } } = applyPatch('strategic', spec(), { spec: { containers: [{ name: 'new' }] } })
  assert.deepEqual(containers.map((c) => c.name), ['new', 'c', 'd'])
})

test('strategic: what is not among the retained keys goes', () => {
  assert.deepEqual(applyPatch('strategic', spec(), { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }).spec.strategy, { type: 'Recreate' })
})

test('strategic: ports of containers and of Services have different keys', () => {
  const ports = [{ port: 1, targetPort: 1 }, { port: 2, targetPort: 2 }]
  assert.deepEqual(applyPatch('strategic', { spec: { ports } }, { spec: { ports: [{ port: 1, targetPort: 9 }] } }).spec.ports, [{ port: 1, targetPort: 9 }, ports[1]])
})

test('merge: null deletes, lists are replaced', () => {
  assert.deepEqual(applyPatch('merge', { a: { b: 1, c: 2 }, d: [1, 2] }, { a: { b: null }, d: [3] }), { a: { c: 2 }, d: [3] })
})

test('json: the operations of RFC 6902, and a failed test refuses all', () => {
  const patch = [
    { op: 'test', path: '/a', value: 1 }, { op: 'add', path: '/l/-', value: 3 }, { op: 'add', path: '/l/0', value: 0 }, { op: 'remove', path: '/l/1' },
    { op: 'move', from: '/a', path: '/x~1y' }, { op: 'copy', from: '/l', path: '/m' }, { op: 'replace', path: '/l/0', value: 9 },
  ]
  assert.deepEqual(applyPatch('json', { a: 1, l: [1, 2] }, patch), { l: [9, 2, 3], 'x/y': 1, m: [0, 2, 3] })
  for (const bad of [{ op: 'test', path: '/a', value: 2 }, { op: 'remove', path: '/z' }, { op: 'replace', path: '/z', value: 1 }, { op: 'add', path: '/z/y', value: 1 }, { op: 'x', path: '/a' }]) {
    assert.throws(() => applyPatch('json', { a: 1 }, [bad]), { code: 422, message: 'the server rejected our request due to an error in our request' })
  }
})
