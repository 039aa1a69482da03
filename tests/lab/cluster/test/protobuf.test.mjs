// Bodies of kubectl's typed commands, as kubectl 1.33 sends them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProtobuf } from '../protobuf.mjs'

// A field of text, bytes or a message (number, content), and a number.
const field = (number, content) => Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), Buffer.from(content)])
const integer = (number, value) => Buffer.from([number << 3, value])
const join = (...parts) => Buffer.concat(parts)
const body = (apiVersion, kind, raw) => join(Buffer.from('k8s\0'), field(1, join(field(1, apiVersion), field(2, kind))), field(2, raw), field(3, ''), field(4, ''))
const meta = (name, ...more) => field(1, join(field(1, name), field(2, ''), field(3, ''), field(4, ''), field(5, ''), field(6, ''), integer(7, 0), field(8, ''), ...more))

test('a Namespace: what is empty was not set', () => {
  const bytes = body('v1', 'Namespace', join(meta('a'), field(2, ''), field(3, field(1, ''))))
  assert.deepEqual(decodeProtobuf(bytes), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } })
})

test('maps of text and of bytes', () => {
  const entry = (k, v) => join(field(1, k), field(2, v))
  const bytes = body('v1', 'Secret', join(meta('s', field(11, entry('l', 'm'))), field(2, entry('k', 'v')), field(3, 'Opaque')))
  assert.deepEqual(decodeProtobuf(bytes), { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', labels: { l: 'm' } }, data: { k: 'dg==' }, type: 'Opaque' })
})

test('rules keep the empty name of the core group; replicas may be none', () => {
  const role = body('rbac.authorization.k8s.io/v1', 'Role', join(meta('r'), field(2, join(field(1, 'get'), field(2, ''), field(3, 'pods')))))
  assert.deepEqual(decodeProtobuf(role).rules, [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }])
  assert.deepEqual(decodeProtobuf(body('apps/v1', 'Deployment', join(meta('d'), field(2, integer(1, 0))))).spec, { replicas: 0 })
})

test('a targetPort is a number or a name, a quantity is text', () => {
  const port = (target) => field(1, join(field(2, 'TCP'), join(Buffer.from([3 << 3, 80])), field(4, target)))
  const ports = decodeProtobuf(body('v1', 'Service', join(meta('s'), field(2, join(port(join(integer(1, 0), Buffer.from([2 << 3, 8]))), port(join(integer(1, 1), field(3, 'http')))))))).spec.ports
  assert.deepEqual(ports, [{ protocol: 'TCP', port: 80, targetPort: 8 }, { protocol: 'TCP', port: 80, targetPort: 'http' }])
  const quota = body('v1', 'ResourceQuota', join(meta('q'), field(2, field(1, join(field(1, 'pods'), field(2, field(1, '3')))))))
  assert.deepEqual(decodeProtobuf(quota).spec, { hard: { pods: '3' } })
})

test('what is not protobuf, or of a kind that is not known, is undefined; what ends early is refused', () => {
  assert.equal(decodeProtobuf(Buffer.from('{}')), undefined)
  assert.equal(decodeProtobuf(body('v1', 'Binding', '')), undefined)
  assert.throws(() => decodeProtobuf(Buffer.from('k8s\0\x0a\xff', 'latin1')), RangeError)
})
