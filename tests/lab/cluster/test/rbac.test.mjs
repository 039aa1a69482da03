// Who may do what: certificates, tokens, impersonation, roles.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from './server.mjs'

let server
let token
const GROUP = 'rbac.authorization.k8s.io'
const PODS = '/api/v1/namespaces/a/pods'
const WHO = 'system:serviceaccount:a:reader'
const json = { 'content-type': 'application/json' }

before(async () => {
  server = await startServer()
  const { store } = server
  const binding = (name, role) => store.create('rolebindings', { metadata: { name, namespace: 'a' }, roleRef: { apiGroup: GROUP, kind: 'Role', name: role }, subjects: [{ kind: 'ServiceAccount', name: 'reader' }] })
  store.create('serviceaccounts', { metadata: { name: 'reader', namespace: 'a' } })
  store.create('roles', { metadata: { name: 'reader', namespace: 'a' }, rules: [
    { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['cart'], verbs: ['get'] },
  ] })
  binding('reader', 'reader')
  const answer = await server.ask('POST', '/api/v1/namespaces/a/serviceaccounts/reader/token', { headers: json, body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } })
  token = answer.json.status.token
})
after(() => server.close())

test('a Role opens what it names, in its namespace, and nothing else', async () => {
  const may = async (method, url, expected, more) => assert.equal((await server.ask(method, url, { token, ...more })).code, expected, `${method} ${url}`)
  await may('GET', PODS, 200)
  await may('GET', `${PODS}/web/log`, 200)
  await may('GET', '/apis/apps/v1/namespaces/a/deployments/cart', 404)
  await may('GET', '/apis/apps/v1/namespaces/a/deployments/other', 403)
  await may('GET', '/apis/apps/v1/namespaces/a/deployments', 403)
  await may('GET', `${PODS}/web/exec?command=ls&stdout=1`, 403)
  await may('DELETE', `${PODS}/web`, 403)
  await may('GET', '/api/v1/pods', 403)
  await may('GET', '/version', 200)
  await may('GET', '/metrics', 403)
})

test('a refusal names user, verb, resource and place, as a real server does', async () => {
  const told = async (url) => (await server.ask('GET', url, { token })).json.message
  assert.equal(await told('/api/v1/namespaces/a/secrets/x'), `secrets "x" is forbidden: User "${WHO}" cannot get resource "secrets" in API group "" in the namespace "a"`)
  assert.equal(await told('/apis/apps/v1/deployments'), `deployments.apps is forbidden: User "${WHO}" cannot list resource "deployments" in API group "apps" at the cluster scope`)
  assert.equal(await told(`${PODS}/web/portforward`), `pods "web" is forbidden: User "${WHO}" cannot get resource "pods/portforward" in API group "" in the namespace "a"`)
  assert.equal(await told('/metrics'), `forbidden: User "${WHO}" cannot get path "/metrics"`)
})

test('a binding to a Role that is not there is told', async () => {
  server.store.create('rolebindings', { metadata: { name: 'dangling', namespace: 'a' }, roleRef: { apiGroup: GROUP, kind: 'Role', name: 'nothing' }, subjects: [{ kind: 'ServiceAccount', name: 'reader' }] })
  assert.match((await server.ask('GET', '/api/v1/namespaces/a/secrets', { token })).json.message, /: RBAC: role.rbac.authorization.k8s.io "nothing" not found$/)
  server.store.remove('rolebindings', 'a', 'dangling')
})

test('access reviews say what requests would meet', async () => {
  const review = async (kind, plural, spec) => (await server.ask('POST', `/apis/authorization.k8s.io/v1/${plural}`, { token, headers: json, body: { apiVersion: 'authorization.k8s.io/v1', kind, spec } })).json.status
  const access = (verb, resource) => review('SelfSubjectAccessReview', 'selfsubjectaccessreviews', { resourceAttributes: { verb, resource, namespace: 'a' } })
  assert.deepEqual(await access('get', 'pods'), { allowed: true, reason: 'RBAC: allowed by RoleBinding "reader/a" of Role "reader" to ServiceAccount "reader/a"' })
  assert.deepEqual(await access('get', 'secrets'), { allowed: false })
  const { resourceRules, incomplete } = await review('SelfSubjectRulesReview', 'selfsubjectrulesreviews', { namespace: 'a' })
  assert.equal(incomplete, false)
  assert.deepEqual(resourceRules.at(-1), { verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['cart'] })
})

test('a wrong token is 401, none is anonymous, and one ends with its ServiceAccount', async () => {
  assert.deepEqual([(await server.ask('GET', PODS, { token: 'x.y.z' })).code, (await server.ask('GET', PODS, { token: `${token}x` })).code], [401, 401])
  assert.match((await server.ask('GET', PODS, { anonymous: true })).json.message, /User "system:anonymous" cannot list/)
  assert.equal((await server.ask('GET', '/version', { anonymous: true })).code, 200)
  server.store.create('serviceaccounts', { metadata: { name: 'short', namespace: 'a' } })
  const { status } = server.api.tokens.request('a', 'short', {})
  assert.equal((await server.ask('GET', PODS, { token: status.token })).code, 403)
  server.store.remove('serviceaccounts', 'a', 'short')
  assert.equal((await server.ask('GET', PODS, { token: status.token })).code, 401)
})

test('an administrator may act as another, who has only their own rights; others may not', async () => {
  const as = (headers, more) => server.ask('GET', PODS, { headers, ...more })
  assert.equal((await as({ 'impersonate-user': WHO })).code, 200)
  assert.match((await as({ 'impersonate-user': 'bob', 'impersonate-group': 'g' })).json.message, /^pods is forbidden: User "bob" cannot list/)
  assert.equal((await as({ 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' })).code, 200)
  assert.equal((await as({ 'impersonate-user': 'bob' }, { token })).json.message, `users "bob" is forbidden: User "${WHO}" cannot impersonate resource "users" in API group "" at the cluster scope`)
})

test('the kubeconfig leads there as an administrator', () => {
  const { clusters: [{ cluster }], users: [{ user }] } = server.kubeconfig()
  assert.equal(cluster.server, server.api.url)
  assert.match(Buffer.from(user['client-certificate-data'], 'base64').toString(), /BEGIN CERTIFICATE/)
})
