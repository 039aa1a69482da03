// Who one is and what one may: tokens, reviews, refusals.
const READER = 'system:serviceaccount:NAMESPACE:reader'

async function reader(t) {
  const { status, json } = await t.client.ask('POST', t.core('serviceaccounts/reader/token'),
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } })
  t.equal('TokenRequest', [status, json.kind], [201, 'TokenRequest'])
  t.match('it ends', json.status.expirationTimestamp, /Z$/)
  return t.client.as(json.status.token)
}
const nameOf = (t) => READER.replace('NAMESPACE', t.namespace)
const whole = (t, text) => new RegExp(`^${text.replaceAll('READER', nameOf(t)).replaceAll('NAMESPACE', t.namespace).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)

export const access = [
  { name: 'who-am-i', run: async (t) => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const { status, json } = await (await reader(t)).ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', body)
    t.equal('the answer', [status, json.kind, json.status.userInfo.username], [201, 'SelfSubjectReview', nameOf(t)])
    t.ok('its groups', json.status.userInfo.groups.includes('system:authenticated'))
  } },
  { name: 'what-may-i', run: async (t) => {
    const asReader = await reader(t)
    const review = (attributes) => asReader.ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: { namespace: t.namespace, ...attributes } } })
    const allowed = async (attributes) => (await review(attributes)).json.status.allowed
    t.equal('get deployments', await allowed({ group: 'apps', resource: 'deployments', verb: 'get' }), true)
    t.equal('patch deployments', await allowed({ group: 'apps', resource: 'deployments', verb: 'patch' }), false)
    t.equal('get the one service', await allowed({ resource: 'services', verb: 'get', name: 'dynamodb' }), true)
    t.equal('get another service', await allowed({ resource: 'services', verb: 'get', name: 'cart' }), false)
    const rules = await asReader.ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace: t.namespace } })
    t.equal('the review', [rules.status, rules.json.kind, rules.json.status.incomplete], [201, 'SelfSubjectRulesReview', false])
    const found = (resource) => rules.json.status.resourceRules.find((r) => r.resources.includes(resource))
    t.equal('deployments', [found('deployments')?.verbs, found('deployments')?.apiGroups], [['get'], ['apps']])
    t.equal('services', [found('services')?.verbs, found('services')?.resourceNames], [['get'], ['dynamodb']])
  } },
  { name: 'unauthorized', run: async (t) => {
    t.refused(await t.client.as('rubbish').get(t.core('pods?limit=1')), 401, 'Unauthorized', /^Unauthorized$/)
    const nobody = await t.client.as(null).get(t.core('pods?limit=1'))
    t.ok('nobody is refused', nobody.status === 401 || nobody.status === 403)
    const socket = await t.client.as('rubbish').socket(t.core('pods/x/exec?command=true&stdout=true'), 'v5.channel.k8s.io')
    t.refused(socket, 401, 'Unauthorized', /^Unauthorized$/)
  } },
  { name: 'forbidden', run: async (t) => {
    const asReader = await reader(t)
    t.equal('what is allowed', (await asReader.get(t.apps('deployments/cart-deployment'))).status, 200)
    t.equal('by name', (await asReader.get(t.core('services/dynamodb'))).status, 200)
    t.refused(await asReader.get(t.core('services/cart')), 403, 'Forbidden',
      whole(t, 'services "cart" is forbidden: User "READER" cannot get resource "services" in API group "" in the namespace "NAMESPACE"'))
    t.refused(await asReader.get(t.apps('deployments?limit=500')), 403, 'Forbidden',
      whole(t, 'deployments.apps is forbidden: User "READER" cannot list resource "deployments" in API group "apps" in the namespace "NAMESPACE"'))
    t.refused(await asReader.get('/api/v1/services?limit=500'), 403, 'Forbidden',
      whole(t, 'services is forbidden: User "READER" cannot list resource "services" in API group "" at the cluster scope'))
    t.refused(await asReader.patch(t.apps('deployments/cart-deployment'), { metadata: {} }), 403, 'Forbidden',
      whole(t, 'deployments.apps "cart-deployment" is forbidden: User "READER" cannot patch resource "deployments" in API group "apps" in the namespace "NAMESPACE"'))
    const socket = await asReader.socket(t.core('pods/x/exec?container=cart&stdout=true&command=true'), 'v5.channel.k8s.io')
    t.refused(socket, 403, 'Forbidden', whole(t, 'pods "x" is forbidden: User "READER" cannot get resource "pods/exec" in API group "" in the namespace "NAMESPACE"'))
    const log = await asReader.get(t.core('pods/x/log?container=cart'))
    t.refused(log, 403, 'Forbidden', whole(t, 'pods "x" is forbidden: User "READER" cannot get resource "pods/log" in API group "" in the namespace "NAMESPACE"'))
  } },
]
