// Server-side apply: ownership, conflicts, and what goes when it is no longer stated.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Objects } from '../objects.mjs'
import { parseRequest } from '../request.mjs'
import { Store } from '../store.mjs'

const headers = { 'content-type': 'application/apply-patch+yaml', 'user-agent': 'test' }

function scene() {
  const store = new Store()
  store.create('namespaces', { metadata: { name: 'a' } })
  const objects = new Objects(store)
  const apply = (manager, data, more = '') => {
    const asked = parseRequest('PATCH', `/api/v1/namespaces/a/configmaps/x?fieldManager=${manager}${more}`)
    return objects.patch(asked, JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data }), headers)
  }
  return { store, apply }
}

test('what a manager no longer states goes, unless another owns it too', () => {
  const { store, apply } = scene()
  assert.equal(apply('one', { a: '1', b: '2', c: '3' }).code, 201)
  apply('two', { b: '2' })
  apply('one', { a: '1' })
  assert.deepEqual(store.get('configmaps', 'a', 'x').data, { a: '1', b: '2' })
})

test('a field that another owns with another value is a conflict, unless it is forced', () => {
  const { store, apply } = scene()
  apply('one', { a: '1' })
  store.patch('configmaps', 'a', 'x', { data: { b: '2' } }, { manager: 'edit' })
  assert.throws(() => apply('two', { a: '9' }), { code: 409, message: 'Apply failed with 1 conflict: conflict with "one": .data.a' })
  assert.throws(() => apply('one', { a: '1', b: '9' }), { code: 409, message: 'Apply failed with 1 conflict: conflict with "edit" using v1: .data.b' })
  apply('two', { a: '9' }, '&force=true')
  assert.equal(store.get('configmaps', 'a', 'x').data.a, '9')
  assert.deepEqual(store.get('configmaps', 'a', 'x').metadata.managedFields.map((e) => e.manager).sort(), ['edit', 'two'])
})

test('an apply that changes nothing is no change', () => {
  const { store, apply } = scene()
  const made = apply('one', { a: '1' }).body
  assert.equal(apply('one', { a: '1' }).body.metadata.resourceVersion, made.metadata.resourceVersion)
  assert.notEqual(apply('two', { a: '1' }).body.metadata.resourceVersion, made.metadata.resourceVersion)
  assert.equal(store.get('configmaps', 'a', 'x').metadata.managedFields.length, 2)
})
