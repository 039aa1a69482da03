// The commands of kubectl that people use on a deployment, whatever version of kubectl is here.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import http from 'node:http'
import { after, before, test } from 'node:test'
import { startServer } from './server.mjs'

let server
before(async () => { server = await startServer() })
after(() => server.close())

const start = (args) => spawn('kubectl', ['-n', 'a', `--kubeconfig=${server.api.kubeconfig}`, `--cache-dir=${server.api.kubeconfig}.cache`, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })

// Runs kubectl to its end: {code, out, err}.
function kubectl(words, input = '') {
  return new Promise((resolve, reject) => {
    const child = start(Array.isArray(words) ? words : words.split(' '))
    const said = { out: '', err: '' }
    child.stdout.on('data', (d) => { said.out += d })
    child.stderr.on('data', (d) => { said.err += d })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...said }))
    child.stdin.end(input)
  })
}

async function says(words, expected, input) {
  const { code, out, err } = await kubectl(words, input)
  assert.equal(code, 0, `kubectl ${words}: ${err}`)
  assert.match(out, expected, `kubectl ${words}`)
}

const manifest = (value) => JSON.stringify({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'cart' },
  spec: {
    replicas: 0, selector: { matchLabels: { app: 'cart' } },
    template: { metadata: { labels: { app: 'cart' } }, spec: { containers: [{ name: 'c', image: 'i:1', env: [{ name: 'A', value }, { name: 'B', value: '2' }] }] } },
  },
})
const env = () => server.store.get('deployments', 'a', 'cart').spec.template.spec.containers[0].env

test('apply makes, changes and leaves alone', async () => {
  await says('apply -f -', /^deployment.apps\/cart created/, manifest('1'))
  await says('apply -f -', /^deployment.apps\/cart unchanged/, manifest('1'))
  await says('apply --dry-run=server -f -', /^deployment.apps\/cart configured \(server dry run\)/, manifest('9'))
  assert.equal(env()[0].value, '1')
  await says('apply -f -', /^deployment.apps\/cart configured/, manifest('3'))
  assert.equal(env()[0].value, '3')
  const { code, err } = await kubectl('apply -f -', manifest(8080))
  assert.equal(code, 1)
  assert.match(err, /cannot unmarshal number into Go struct field|invalid type for/)
})

test('get shows tables, objects and fields', async () => {
  await says('get deployments', /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\ncart +0\/0 /)
  await says('get pods -o wide', /IP +NODE .*\nweb +1\/1 +Running +0 .* 127\.0\.0\.1 +n /)
  await says('get deploy cart -o jsonpath={.spec.template.spec.containers[0].name}', /^c$/)
  await says('get pod,deploy -o name', /^pod\/web\ndeployment.apps\/cart\n$/)
  await says('describe pod web', /^Name: +web\n/)
  const { code, err } = await kubectl('get pod nope')
  assert.deepEqual([code, err], [1, 'Error from server (NotFound): pods "nope" not found\n'])
})

test('what changes a Deployment', async () => {
  await says('set env deploy/cart -c c A=7 B- C=new', /env updated/)
  assert.deepEqual(env(), [{ name: 'A', value: '7' }, { name: 'C', value: 'new' }])
  await says('scale deploy/cart --replicas=2', /scaled/)
  await says('rollout restart deploy/cart', /restarted/)
  await says('rollout pause deploy/cart', /paused/)
  await says('label deploy/cart tier=web', /labeled/)
  await says('annotate deploy/cart note=x', /annotated/)
  await says(['patch', 'deploy', 'cart', '--type=json', '-p', '[{"op":"replace","path":"/spec/replicas","value":1}]'], /patched/)
  const { metadata, spec } = server.store.get('deployments', 'a', 'cart')
  assert.deepEqual([spec.replicas, spec.paused, metadata.labels.tier, metadata.annotations.note], [1, true, 'web', 'x'])
  assert.ok(spec.template.metadata.annotations['kubectl.kubernetes.io/restartedAt'])
})

test('create and delete', async () => {
  await says('create configmap m --from-literal=k=v', /configmap\/m created/)
  await says('create secret generic s --from-literal=k=v', /secret\/s created/)
  await says('create role r --verb=get --resource=pods', /role.rbac.authorization.k8s.io\/r created/)
  assert.deepEqual(server.store.get('roles', 'a', 'r').rules, [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }])
  assert.deepEqual(server.store.get('secrets', 'a', 's').data, { k: 'dg==' })
  await says('delete configmap/m secret/s role/r', /configmap "m" deleted/)
  assert.equal(server.store.peek('configmaps', 'a', 'm'), undefined)
})

test('rights', async () => {
  await says('auth can-i delete pods', /^yes/)
  assert.match((await kubectl('auth can-i delete pods --as=bob')).out, /^no/)
  assert.match((await kubectl('get pods --as=bob')).err, /^Error from server \(Forbidden\): pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "a"/)
})

test('logs and exec', async () => {
  await says('logs web --tail=3', /^c \{.*"tailLines":3/)
  await says('exec web -- echo hello', /^hello\n$/)
  await says('exec -i web -- cat', /^from here$/, 'from here')
  const { code, err } = await kubectl('exec web -- fail 3')
  assert.equal(code, 3)
  assert.match(err, /^oh\n/)
})

test('port-forward', async () => {
  const child = start(['port-forward', 'pod/web', ':8080'])
  try {
    const port = await new Promise((resolve, reject) => {
      let said = ''
      child.stdout.on('data', (d) => {
        said += d
        const found = /127\.0\.0\.1:(\d+) ->/.exec(said)
        if (found) resolve(Number(found[1]))
      })
      child.on('close', () => reject(new Error(`kubectl port-forward ended: ${said}`)))
    })
    const text = await new Promise((resolve, reject) => {
      http.get({ port, host: '127.0.0.1', path: '/through', agent: false }, (answer) => {
        let body = ''
        answer.on('data', (d) => { body += d })
        answer.on('end', () => resolve(body))
      }).on('error', reject)
    })
    assert.equal(text, 'web GET /through\n')
  } finally {
    child.kill()
  }
})
