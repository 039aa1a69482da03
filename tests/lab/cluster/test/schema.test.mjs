// Misspelt fields and wrong types are told as a real server tells them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFields } from '../schema.mjs'

const deployment = (container, spec = {}) => ({ metadata: { name: 'd' }, spec: { ...spec, template: { spec: { containers: [{ name: 'c', ...container }] } } } })
const wrong = (value) => checkFields('deployments', value).wrong

test('unknown fields are named with their place, and taken out', () => {
  const value = deployment({ env: [{ name: 'A', x: 1 }], enviroment: [] }, { nope: 1 })
  assert.deepEqual(checkFields('deployments', value).unknown, [
    'unknown field "spec.nope"', 'unknown field "spec.template.spec.containers[0].env[0].x"', 'unknown field "spec.template.spec.containers[0].enviroment"',
  ])
  assert.deepEqual(value, deployment({ env: [{ name: 'A' }] }))
})

test('a value of the wrong type is told with the type that has the field', () => {
  const env = (value) => deployment({ env: [{ name: 'PORT', value }] })
  assert.equal(wrong(env(8080)), 'json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string')
  assert.equal(wrong(env(true)), 'json: cannot unmarshal bool into Go struct field EnvVar.spec.template.spec.containers.env.value of type string')
  assert.equal(wrong(deployment({ ports: [{ containerPort: '80' }] })), 'json: cannot unmarshal string into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32')
  assert.equal(wrong(deployment({ command: 'sh' })), 'json: cannot unmarshal string into Go struct field Container.spec.template.spec.containers.command of type []string')
  assert.equal(wrong(deployment({ env: {} })), 'json: cannot unmarshal object into Go struct field Container.spec.template.spec.containers.env of type []v1.EnvVar')
  assert.equal(wrong(deployment({}, { replicas: 1.5 })), 'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32')
  assert.equal(wrong(deployment({ readinessProbe: { httpGet: { port: true } } })), 'json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.template.spec.containers.readinessProbe.httpGet.port of type int32')
  assert.equal(checkFields('configmaps', { data: { a: 1 } }).wrong, 'json: cannot unmarshal number into Go struct field ConfigMap.data of type string')
  assert.equal(checkFields('secrets', { data: { a: '%' } }).wrong, 'illegal base64 data at input byte 0')
})

test('a port may be a number or a name, and what is not described is taken as it comes', () => {
  assert.deepEqual(checkFields('deployments', deployment({ readinessProbe: { httpGet: { port: 'http' } }, resources: { x: { y: 1 } } })), { unknown: [] })
  assert.deepEqual(checkFields('leases', { anything: 1 }), { unknown: [] })
})
