// The API server as a client sees it.
import assert from 'node:assert/strict'
import http2 from 'node:http2'
import https from 'node:https'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { startServer } from './server.mjs'

let server
before(async () => { server = await startServer({ bookmarkSeconds: 0.05 }) })
after(() => server.close())

const MAPS = '/api/v1/namespaces/a/configmaps'
const json = { 'content-type': 'application/json' }
const map = (name, data) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })

// The events of a watch until COUNT of them are there.
function events(url, count) {
  return new Promise((resolve, reject) => {
    const request = https.get(`${server.api.url}${url}`, { agent: false, ...server.identity }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
        const lines = text.split('\n').slice(0, -1)
        if (lines.length < count) return
        resolve(lines.map((l) => JSON.parse(l)))
        request.destroy()
      })
      response.on('end', () => reject(new Error(`the watch ended after ${JSON.stringify(text)}`)))
    })
    request.on('error', reject)
  })
}

test('an object is created, read, changed and deleted', async () => {
  const made = await server.ask('POST', MAPS, { headers: json, body: map('one', { a: '1' }) })
  assert.equal(made.code, 201)
  assert.deepEqual(Object.keys(made.json), ['kind', 'apiVersion', 'metadata', 'data'])
  assert.equal(made.json.metadata.managedFields[0].manager, 'test')
  const patched = await server.ask('PATCH', `${MAPS}/one?fieldManager=me`, { headers: { 'content-type': 'application/merge-patch+json' }, body: { data: { b: '2' } } })
  assert.deepEqual(patched.json.data, { a: '1', b: '2' })
  const dry = await server.ask('PATCH', `${MAPS}/one?dryRun=All`, { headers: { 'content-type': 'application/merge-patch+json' }, body: { data: null } })
  assert.equal(dry.json.data, undefined)
  assert.deepEqual((await server.ask('GET', `${MAPS}/one`)).json.data, { a: '1', b: '2' })
  const gone = await server.ask('DELETE', `${MAPS}/one`)
  assert.deepEqual(gone.json.details, { name: 'one', kind: 'configmaps', uid: made.json.metadata.uid })
  assert.equal((await server.ask('GET', `${MAPS}/one`)).json.message, 'configmaps "one" not found')
})

test('what cannot be is refused in the words of a real server', async () => {
  const cases = [
    ['GET', '/nope', {}, 404, '404 page not found\n'], ['GET', '/api/v1/nope', {}, 404, 'the server could not find the requested resource'],
    ['PUT', '/api/v1/pods', { body: {} }, 405, 'the server does not allow this method on the requested resource'],
    ['POST', MAPS, { headers: json, body: map('X_') }, 422, /^ConfigMap "X_" is invalid: metadata.name: Invalid value: "X_": a lowercase RFC 1123 subdomain/],
    ['POST', MAPS, { headers: { 'content-type': 'text/plain' }, body: '{}' }, 415, /unknown format/],
    ['POST', MAPS, { headers: json, body: { ...map('x'), metadata: { name: 'x', namespace: 'b' } } }, 400, 'the namespace of the provided object does not match the namespace sent on the request'],
    ['PATCH', `${MAPS}/x`, { headers: json, body: {} }, 415, '415: Unsupported Media Type'],
    ['GET', `${MAPS}?limit=x`, {}, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['GET', '/api/v1/namespaces/a/pods/web/exec?command=ls&stdout=1', {}, 400, 'Upgrade request required'],
    ['GET', '/api/v1/namespaces/a/pods/web/log?container=x', {}, 400, 'container x is not valid for pod web'],
    ['GET', '/api/v1/namespaces/a/pods/web/log?previous=1', {}, 400, 'previous terminated container "c" in pod "web" not found'],
    ['GET', '/api/v1/namespaces/a/services/x/proxy/', {}, 404, 'services "x" not found'],
  ]
  for (const [method, url, options, code, message] of cases) {
    const answer = await server.ask(method, url, options)
    assert.equal(answer.code, code, `${method} ${url}`)
    const told = answer.json?.message ?? answer.text
    if (message instanceof RegExp) assert.match(told, message)
    else assert.equal(told, message)
  }
})

test('a list comes in pieces that show one state', async () => {
  for (const name of ['l1', 'l2', 'l3']) server.store.create('configmaps', { ...map(name), metadata: { name, namespace: 'a', labels: { in: 'list' } } })
  const first = await server.ask('GET', `${MAPS}?limit=2`)
  assert.deepEqual([first.json.items.length, first.json.metadata.remainingItemCount], [2, 1])
  server.store.remove('configmaps', 'a', 'l3')
  const second = await server.ask('GET', `${MAPS}?limit=2&continue=${first.json.metadata.continue}`)
  assert.deepEqual(second.json.items.map((o) => o.metadata.name), ['l3'])
  assert.equal(second.json.metadata.resourceVersion, first.json.metadata.resourceVersion)
  server.store.compact()
  const late = await server.ask('GET', `${MAPS}?limit=2&continue=${first.json.metadata.continue}`)
  assert.deepEqual([late.code, late.json.reason], [410, 'Expired'])
  const rest = await server.ask('GET', `${MAPS}?limit=2&continue=${late.json.metadata.continue}`)
  assert.deepEqual([rest.code, rest.json.items], [200, []])
})

test('a watch tells changes and bookmarks; one from a forgotten state gets 410 inside status 200', async () => {
  const { resourceVersion } = (await server.ask('GET', MAPS)).json.metadata
  server.store.create('configmaps', { ...map('w'), metadata: { name: 'w', namespace: 'a' } })
  const [added, bookmark] = await events(`${MAPS}?watch=1&resourceVersion=${resourceVersion}&allowWatchBookmarks=true`, 2)
  assert.deepEqual([added.type, added.object.metadata.name], ['ADDED', 'w'])
  assert.deepEqual([bookmark.type, bookmark.object.metadata.resourceVersion], ['BOOKMARK', server.store.resourceVersion])
  server.store.compact()
  const [expired] = await events(`${MAPS}?watch=1&resourceVersion=${resourceVersion}`, 1)
  assert.deepEqual([expired.type, expired.object.code, expired.object.reason], ['ERROR', 410, 'Expired'])
})

test('a watch ends when its time is up', async () => {
  const answer = await server.ask('GET', `${MAPS}?watch=1&resourceVersion=${server.store.resourceVersion}&timeoutSeconds=1`)
  assert.deepEqual([answer.code, answer.text], [200, ''])
})

test('kubectl gets a Table', async () => {
  const { json: shown } = await server.ask('GET', '/api/v1/namespaces/a/pods', { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } })
  assert.deepEqual(shown.columnDefinitions.map((c) => c.name).slice(0, 5), ['Name', 'Ready', 'Status', 'Restarts', 'Age'])
  assert.deepEqual(shown.rows[0].cells.slice(0, 4), ['web', '1/1', 'Running', '0'])
  assert.equal(shown.rows[0].object.kind, 'PartialObjectMetadata')
})

test('large answers are compressed for who can read that, and people get lines', async () => {
  server.store.create('configmaps', { metadata: { name: 'big', namespace: 'a' }, data: { x: 'x'.repeat(200000) } })
  const packed = await server.ask('GET', `${MAPS}/big`, { headers: { 'accept-encoding': 'gzip' } })
  assert.equal(packed.headers['content-encoding'], 'gzip')
  assert.equal(JSON.parse(gunzipSync(packed.bytes)).metadata.name, 'big')
  assert.match((await server.ask('GET', `${MAPS}/big?pretty=1`)).text, /^{\n {2}"kind"/)
  assert.match((await server.ask('GET', `${MAPS}/big`, { headers: { 'user-agent': 'curl/8' } })).text, /^{\n/)
  server.store.remove('configmaps', 'a', 'big')
})

test('logs and the proxy reach the node', async () => {
  const log = await server.ask('GET', '/api/v1/namespaces/a/pods/web/log?tailLines=3&timestamps=true')
  assert.deepEqual([log.headers['content-type'], log.text], ['text/plain', 'c {"timestamps":true,"previous":false,"tailLines":3}\n'])
  assert.equal((await server.ask('GET', '/api/v1/namespaces/a/pods/web:8080/proxy/x/y?z=1')).text, 'web GET /x/y?z=1\n')
  assert.match((await server.ask('GET', '/api/v1/namespaces/a/pods/web:1/proxy/')).json.message, /^error trying to reach service: dial tcp 127.0.0.1:1: connect: connection refused/)
})

test('many requests share one HTTP/2 connection, a followed log beside them', async () => {
  const session = http2.connect(server.api.url, server.identity)
  const ask = (url) => new Promise((resolve, reject) => {
    const stream = session.request({ ':path': url })
    let text = ''
    stream.setEncoding('utf8')
    stream.on('data', (d) => { text += d; if (url.includes('follow')) { stream.close(); resolve(text) } })
    stream.on('end', () => resolve(text))
    stream.on('error', reject)
  })
  const answers = await Promise.all([ask('/api/v1/namespaces/a/pods/web/log?follow=1'), ...Array.from({ length: 20 }, () => ask('/api/v1/namespaces/a/pods/web'))])
  assert.match(answers.shift(), /^c \{/)
  for (const text of answers) assert.equal(JSON.parse(text).metadata.name, 'web')
  await new Promise((resolve) => { session.close(resolve) })
})

test('an owner takes its dependents along, waits for them, or sets them free', async () => {
  const gone = (name) => new Promise((resolve) => {
    const stop = server.store.on('configmaps', ({ type, object }) => { if (type === 'DELETED' && object.metadata.name === name) { stop(); resolve() } })
  })
  for (const policy of ['Background', 'Foreground', 'Orphan']) {
    const owner = server.store.create('secrets', { metadata: { name: 'owner', namespace: 'a' } })
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Secret', name: 'owner', uid: owner.metadata.uid }]
    server.store.create('configmaps', { metadata: { name: policy.toLowerCase(), namespace: 'a', ownerReferences } })
    const both = policy === 'Orphan' ? undefined : gone(policy.toLowerCase())
    await server.ask('DELETE', `/api/v1/namespaces/a/secrets/owner?propagationPolicy=${policy}`)
    await both
    await new Promise((resolve) => { const wait = () => (server.store.peek('secrets', 'a', 'owner') ? setImmediate(wait) : resolve()); wait() })
  }
  assert.equal(server.store.get('configmaps', 'a', 'orphan').metadata.ownerReferences, undefined)
})
