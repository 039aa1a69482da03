import assert from 'node:assert/strict'
import test from 'node:test'
import { ConfigError, environment } from '../env.mjs'

const service = (name, clusterIP, ...ports) => ({ metadata: { name, namespace: 'shop' }, spec: { clusterIP, ports } })
const web = service('my-db', '10.96.0.9', { name: 'main', port: 8000, protocol: 'TCP' })
const pod = { metadata: { name: 'cart-1', namespace: 'shop', labels: {} }, spec: { containers: [], enableServiceLinks: true }, status: {} }
const objects = {
  'configmaps/cart': { data: { A: 'from map', B: 'from map' } }, 'configmaps/other': { data: { B: 'from other' } },
  'secrets/aws': { data: { id: Buffer.from('key').toString('base64') } },
}
const made = (container, services = [web], of = pod) => environment(of, container, services, (resource, name) => objects[`${resource}/${name}`])

test('env_from_later_source_wins_and_env_wins_over_both', () => {
  const envFrom = [{ configMapRef: { name: 'cart' } }, { configMapRef: { name: 'other' } }]
  const all = made({ envFrom, env: [{ name: 'A', value: 'own' }] })
  assert.equal(all.A, 'own')
  assert.equal(all.B, 'from other')
})

test('names_in_parentheses_are_expanded_from_what_stands_before_and_from_services', () => {
  const env = [
    { name: 'HOST', value: 'db' }, { name: 'URL', value: 'http://$(HOST):$(MY_DB_SERVICE_PORT)' }, { name: 'LATER', value: '$(AFTER)' },
    { name: 'AFTER', value: 'x' }, { name: 'PLAIN', value: '$$(HOST)' }, { name: 'LINK', value: '$(MY_DB_PORT)' },
  ]
  const all = made({ env })
  assert.equal(all.URL, 'http://db:8000')
  assert.equal(all.LATER, '$(AFTER)')
  assert.equal(all.PLAIN, '$(HOST)')
  assert.equal(all.LINK, 'tcp://10.96.0.9:8000')
  assert.equal(all.MY_DB_PORT_8000_TCP_ADDR, '10.96.0.9')
})

test('without_service_links_only_the_api_server_is_known', () => {
  const server = { metadata: { name: 'kubernetes', namespace: 'default' }, spec: { clusterIP: '10.96.0.1', ports: [{ port: 443, protocol: 'TCP' }] } }
  const all = made({}, [web, server], { ...pod, spec: { ...pod.spec, enableServiceLinks: false } })
  assert.equal(all.MY_DB_SERVICE_HOST, undefined)
  assert.equal(all.KUBERNETES_SERVICE_HOST, '10.96.0.1')
})

test('what_is_referred_to_and_absent_keeps_the_container_from_being_made', () => {
  const from = (ref) => () => made({ env: [{ name: 'X', valueFrom: ref }] })
  const text = (message) => (error) => error instanceof ConfigError && error.message === message
  assert.throws(from({ secretKeyRef: { name: 'not-there', key: 'id' } }), text('secret "not-there" not found'))
  assert.throws(from({ secretKeyRef: { name: 'aws', key: 'no' } }), text("couldn't find key no in Secret shop/aws"))
  assert.throws(() => made({ envFrom: [{ configMapRef: { name: 'not-there' } }] }), text('configmap "not-there" not found'))
  assert.equal('X' in from({ secretKeyRef: { name: 'not-there', key: 'id', optional: true } })(), false)
  assert.equal(from({ secretKeyRef: { name: 'aws', key: 'id' } })().X, 'key')
})
