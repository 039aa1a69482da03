// Reading objects: by name, by selector, in pages.
import http2 from 'node:http2'

export const objects = [
  { name: 'object-by-name', run: async (t) => {
    const { status, headers, json, text } = await t.client.get(t.apps('deployments/cart-deployment'))
    t.equal('the HTTP status', status, 200)
    t.match('the content type', headers['content-type'], /^application\/json/)
    t.equal('its type', [json.kind, json.apiVersion, json.metadata.name, json.metadata.namespace], ['Deployment', 'apps/v1', 'cart-deployment', t.namespace])
    t.match('uid', json.metadata.uid, /^[0-9a-f-]{36}$/)
    t.match('resourceVersion', json.metadata.resourceVersion, /^\d+$/)
    t.match('creationTimestamp', json.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    t.ok('generation is a number', Number.isInteger(json.metadata.generation))
    t.equal('status.observedGeneration', json.status.observedGeneration, json.metadata.generation)
    const fresh = (await t.client.get(t.apps('deployments/dynamodb'))).json.metadata
    t.equal('what the controller notes is no new generation', [fresh.generation, fresh.annotations['deployment.kubernetes.io/revision']], [1, '1'])
    t.match('the revision', json.metadata.annotations['deployment.kubernetes.io/revision'], /^\d+$/)
    t.ok('managedFields have manager, operation and time', json.metadata.managedFields.every((f) => f.manager && f.operation && f.time))
    t.ok('the controller\'s entry is for status', json.metadata.managedFields.some((f) => f.subresource === 'status'))
    t.equal('defaults', [json.spec.replicas, json.spec.strategy.type, json.spec.progressDeadlineSeconds, json.spec.template.spec.restartPolicy], [1, 'RollingUpdate', 600, 'Always'])
    t.equal('counts', [json.status.replicas, json.status.updatedReplicas, json.status.readyReplicas, json.status.availableReplicas], [1, 1, 1, 1])
    const condition = (type) => json.status.conditions.find((c) => c.type === type)
    t.equal('conditions', [condition('Available').status, condition('Progressing').status, condition('Progressing').reason], ['True', 'True', 'NewReplicaSetAvailable'])
    t.ok('it is compact', !text.includes('\n  '))
  } },
  { name: 'object-absent', run: async (t) => {
    const absent = await t.client.get(t.apps('deployments/no-such'))
    t.refused(absent, 404, 'NotFound', /^deployments\.apps "no-such" not found$/)
    t.equal('details', absent.json.details, { name: 'no-such', group: 'apps', kind: 'deployments' })
    const core = await t.client.get(t.core('services/no-such'))
    t.refused(core, 404, 'NotFound', /^services "no-such" not found$/)
    t.equal('details', core.json.details, { name: 'no-such', kind: 'services' })
  } },
  { name: 'object-in-an-absent-namespace', run: async (t) => {
    t.refused(await t.client.get('/api/v1/namespaces/no-such-namespace/pods/x'), 404, 'NotFound', /^pods "x" not found$/)
    const list = await t.client.get('/api/v1/namespaces/no-such-namespace/pods?limit=500')
    t.equal('the list', [list.status, list.json.items], [200, []])
  } },
  { name: 'unknown-api', run: async (t) => {
    const answer = await t.client.get(`/apis/no.such.group/v1/namespaces/${t.namespace}/things/x`)
    t.equal('the answer', [answer.status, answer.text.trim()], [404, '404 page not found'])
    t.refused(await t.client.get(t.core('no-such-things?limit=500')), 404, 'NotFound', /^the server could not find the requested resource$/)
  } },
  { name: 'list-by-label', run: async (t) => {
    const one = await t.client.get(t.core('pods?limit=500&labelSelector=app%3Ddynamodb'))
    t.equal('its type', [one.json.kind, one.json.apiVersion, one.json.items.length], ['PodList', 'v1', 1])
    t.match('resourceVersion', one.json.metadata.resourceVersion, /^\d+$/)
    t.ok('there is no continue', !one.json.metadata.continue)
    t.ok('items say no kind of their own', one.json.items.every((i) => !('kind' in i) && !('apiVersion' in i)))
    const set = await t.client.get(t.core('pods?limit=500&labelSelector=app%20in%20%28dynamodb%2Ccart%29'))
    t.equal('labels', [...new Set(set.json.items.map((p) => p.metadata.labels.app))].sort(), ['cart', 'dynamodb'])
    const none = await t.client.get(t.core('pods?limit=500&labelSelector=app%3Dno-such'))
    t.equal('an empty list', [none.status, none.json.items], [200, []])
    t.refused(await t.client.get(t.core('pods?labelSelector=%3D%3D%28')), 400, 'BadRequest', /^found '==', expected: !, identifier, or 'end of string'$/)
  } },
  { name: 'list-by-field', run: async (t) => {
    const here = await t.client.get(t.core('services?limit=500&fieldSelector=metadata.name%3Ddynamodb'))
    t.equal('names', here.json.items.map((s) => s.metadata.name), ['dynamodb'])
    const everywhere = await t.client.get('/api/v1/services?limit=500&fieldSelector=metadata.name%3Ddynamodb')
    t.ok('it is found over all namespaces', everywhere.json.items.some((s) => s.metadata.namespace === t.namespace))
    t.ok('nothing else is', everywhere.json.items.every((s) => s.metadata.name === 'dynamodb'))
    const pod = await t.pod('waiting')
    const events = await t.client.get(t.core(`events?limit=500&fieldSelector=involvedObject.uid%3D${pod.metadata.uid}`))
    t.ok('events of the pod', events.json.items.length > 0 && events.json.items.every((e) => e.involvedObject.uid === pod.metadata.uid))
    const scheduled = events.json.items.find((e) => e.reason === 'Scheduled')
    t.ok('Scheduled has an eventTime', scheduled?.eventTime)
    t.ok('failures are counted', events.json.items.some((e) => e.reason === 'Failed' && e.lastTimestamp && e.count > 0))
    t.refused(await t.client.get(t.core('pods?fieldSelector=spec.no%3Dx')), 400, 'BadRequest', /field label not supported/)
  } },
  { name: 'pages', run: async (t) => {
    const all = (await t.client.get(t.core('services?limit=500'))).json
    const first = (await t.client.get(t.core('services?limit=1'))).json
    t.equal('the first page', [first.items.length, first.metadata.remainingItemCount], [1, all.items.length - 1])
    const second = (await t.client.get(t.core(`services?limit=1&continue=${encodeURIComponent(first.metadata.continue)}`))).json
    t.equal('both pages', [...first.items, ...second.items].map((s) => s.metadata.name), all.items.map((s) => s.metadata.name))
    t.equal('the last page', second.metadata.continue, undefined)
    t.equal('the version of both', second.metadata.resourceVersion, first.metadata.resourceVersion)
    t.refused(await t.client.get(t.core('services?limit=1&continue=rubbish')), 400, 'BadRequest', /continue key is not valid/)
  } },
  { name: 'pods-of-a-deployment', run: async (t) => {
    const pod = await t.pod('cart')
    const [status] = pod.status.containerStatuses
    t.equal('the pod', [pod.status.phase, status.name, status.ready, Object.keys(status.state)], ['Running', 'cart', true, ['running']])
    t.match('startedAt', status.state.running.startedAt, /Z$/)
    t.equal('Ready', pod.status.conditions.find((c) => c.type === 'Ready').status, 'True')
    t.ok('podIP', pod.status.podIP)
    const owner = pod.metadata.ownerReferences[0]
    t.equal('its owner', [owner.kind, owner.controller, owner.apiVersion], ['ReplicaSet', true, 'apps/v1'])
    const sets = (await t.client.get(t.apps('replicasets?limit=500&labelSelector=app%3Dcart'))).json.items
    const set = sets.find((s) => s.metadata.uid === owner.uid)
    t.equal('the ReplicaSet\'s owner', set.metadata.ownerReferences[0].name, 'cart-deployment')
    t.equal('its hash', pod.metadata.labels['pod-template-hash'], set.metadata.labels['pod-template-hash'])
    const crashed = (await t.pod('crashing')).status.containerStatuses[0]
    const end = crashed.lastState.terminated ?? crashed.state.terminated
    t.equal('a crash', [end.exitCode, end.reason], [1, 'Error'])
    const waiting = (await t.pod('waiting')).status.containerStatuses[0]
    t.match('the reason of waiting', waiting.state.waiting.reason, /^(ErrImagePull|ImagePullBackOff)$/)
  } },
  { name: 'endpoint-slices', run: async (t) => {
    const { json } = await t.client.get(`/apis/discovery.k8s.io/v1/namespaces/${t.namespace}/endpointslices?limit=500&labelSelector=kubernetes.io%2Fservice-name%3Ddynamodb`)
    t.equal('slices', json.items.length, 1)
    const [slice] = json.items
    t.equal('ports', slice.ports.map((p) => [p.name, p.port, p.protocol]), [['dynamodb', 8000, 'TCP']])
    t.equal('endpoints', slice.endpoints.map((e) => [e.conditions.ready, e.targetRef.kind]), [[true, 'Pod']])
    const pod = await t.pod('dynamodb')
    t.equal('the address', slice.endpoints[0].addresses, [pod.status.podIP])
    t.equal('the pod', slice.endpoints[0].targetRef.uid, pod.metadata.uid)
  } },
  { name: 'pretty-and-gzip', run: async (t) => {
    const pretty = await t.client.get(t.apps('deployments/cart-deployment?pretty=true'))
    t.ok('pretty on demand', pretty.text.includes('\n  "'))
    const zipped = await t.client.get('/openapi/v3', { 'accept-encoding': 'gzip' })
    t.equal('what may be compressed can be read', zipped.status, 200)
  } },
  { name: 'http2', run: async (t) => {
    const session = http2.connect(t.client.url, t.client.secrets)
    const paths = [t.apps('deployments/cart-deployment'), t.core('services?limit=500'), t.core('pods?limit=500')]
    const statuses = await Promise.all(paths.map((path) => new Promise((resolve, reject) => {
      const stream = session.request({ ':path': path, ...t.client.headers })
      stream.on('response', (headers) => resolve(headers[':status'])).on('error', reject).resume()
    })))
    t.equal('three at a time on one connection', statuses, [200, 200, 200])
    session.close()
  } },
]
