// Exec and port-forward as the protocols of kubectl and postflight have them.
import assert from 'node:assert/strict'
import https from 'node:https'
import { after, before, test } from 'node:test'
import zlib from 'node:zlib'
import { dictionary } from '../spdy.mjs'
import { WebSocket } from '../websocket.mjs'
import { startServer } from './server.mjs'

let server
before(async () => { server = await startServer() })
after(() => server.close())

const POD = '/api/v1/namespaces/a/pods/web'
const TUNNEL = 'SPDY/3.1+portforward.k8s.io'
const exec = (words, streams) => `${POD}/exec?${[words.map((w) => `command=${encodeURIComponent(w)}`).join('&'), ...streams.map((s) => `${s}=1`)].join('&')}`

// Everything that a WebSocket brings until it closes, as [channel, text], after SENDS were sent.
function talk(url, protocols, sends = []) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(server.api.url.replace('https', 'wss') + url, protocols, server.identity)
    const got = []
    ws.on('open', () => { for (const bytes of sends) ws.send(bytes) })
    ws.on('message', (message) => got.push([message[0], `${message.subarray(1)}`]))
    ws.on('unexpected-response', (request, response) => {
      let text = ''
      response.on('data', (d) => { text += d })
      response.on('end', () => resolve({ code: response.statusCode, text }))
    })
    ws.on('close', (code) => resolve({ got, code, protocol: ws.protocol }))
    ws.on('error', reject)
  })
}

const channel = (number, bytes) => Buffer.concat([Buffer.from([number]), Buffer.from(bytes)])

test('exec: output, then how it ended on channel 3, then a normal close', async () => {
  const { got, code, protocol } = await talk(exec(['echo', 'hello', 'there'], ['stdout', 'stderr']), ['v5.channel.k8s.io', 'v4.channel.k8s.io'])
  assert.equal(protocol, 'v5.channel.k8s.io')
  assert.deepEqual(got, [[1, ''], [1, 'hello there\n'], [3, '{"metadata":{},"status":"Success"}']])
  assert.equal(code, 1000)
})

test('exec: an exit code is a cause of the status', async () => {
  const { got } = await talk(exec(['fail', '3'], ['stdout', 'stderr']), ['v4.channel.k8s.io'])
  assert.deepEqual(got[1], [2, 'oh\n'])
  const status = JSON.parse(got[2][1])
  assert.deepEqual([status.reason, status.details.causes], ['NonZeroExitCode', [{ reason: 'ExitCode', message: '3' }]])
})

test('exec: a program that is not there is an internal error', async () => {
  const { got } = await talk(exec(['nope'], ['stdout']), ['v4.channel.k8s.io'])
  const status = JSON.parse(got[1][1])
  assert.deepEqual([status.reason, status.code], ['InternalError', 500])
  assert.match(status.message, /executable file not found in \$PATH$/)
})

test('exec: v5 can close standard input', async () => {
  const { got } = await talk(exec(['cat'], ['stdin', 'stdout']), ['v5.channel.k8s.io'], [channel(0, 'to and fro'), Buffer.from([255, 0])])
  assert.deepEqual(got.slice(0, 3), [[1, ''], [1, 'to and fro'], [3, '{"metadata":{},"status":"Success"}']])
})

test('what cannot be is refused before the protocol changes', async () => {
  server.store.create('pods', { metadata: { name: 'waits', namespace: 'a' }, spec: { containers: [{ name: 'c', image: 'i' }] } })
  server.store.create('pods', { metadata: { name: 'begins', namespace: 'a' }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } })
  const cases = [
    [exec(['ls'], ['stdout']), 'v9.channel.k8s.io', 403, /^$/], [`${POD}/portforward?ports=8080`, 'v5.channel.k8s.io', 403, /^$/],
    [`${POD}/portforward`, 'v4.channel.k8s.io', 400, /^query parameter "port" is required$/], [`${POD}/portforward?ports=x`, 'v4.channel.k8s.io', 400, /cannot convert to \[\]int32/],
    [exec(['ls'], []), 'v4.channel.k8s.io', 400, /^you must specify at least 1 of stdin, stdout, stderr$/],
    [`${exec(['ls'], ['stdout'])}&container=x`, 'v4.channel.k8s.io', 400, /container x is not valid for pod web/],
    [exec(['ls'], ['stdout']).replace('web', 'none'), 'v4.channel.k8s.io', 404, /pods \\"none\\" not found/],
    [exec(['ls'], ['stdout']).replace('web', 'waits'), 'v4.channel.k8s.io', 400, /pod waits does not have a host assigned/],
    [exec(['ls'], ['stdout']).replace('web', 'begins'), 'v4.channel.k8s.io', 500, /^container not found \("c"\)$/],
  ]
  for (const [url, protocol, code, text] of cases) {
    const answer = await talk(url, [protocol])
    assert.equal(answer.code, code, url)
    assert.match(answer.text, text, url)
  }
})

test('port-forward: the port on both channels, then data; what does not listen is told on the error channel', async () => {
  const port = '\x90\x1f' // 8080, the low byte first
  const request = channel(0, 'GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  const { got } = await talk(`${POD}/portforward?ports=8080`, ['v4.channel.k8s.io'], [request])
  assert.deepEqual(got.slice(0, 2), [[0, `${Buffer.from(port, 'latin1')}`], [1, `${Buffer.from(port, 'latin1')}`]])
  assert.match(got.slice(2).filter(([c]) => c === 0).map(([, t]) => t).join(''), /^HTTP\/1.1 200 OK\r\n[^]*web GET \/x\n/)
  const refused = await talk(`${POD}/portforward?ports=9`, ['v4.channel.k8s.io'])
  assert.deepEqual(refused.got[2], [1, 'error forwarding port 9 to pod: connection refused'])
})

// --- SPDY, as kubectl speaks it ---

const int = (value) => { const b = Buffer.alloc(4); b.writeUInt32BE(value); return b }
const text = (t) => Buffer.concat([int(t.length), Buffer.from(t)])

// A client over WRITE; frames that arrive go to feed(). `data` collects what each stream brings, `ended` tells which are.
class Client {
  data = {}
  ended = new Set()
  #deflate = zlib.createDeflate({ dictionary })
  #input = Buffer.alloc(0)
  #waiting = []

  constructor(write) {
    this.write = write
  }

  async open(id, headers) {
    const pairs = Object.entries(headers)
    const block = await new Promise((resolve) => {
      const out = []
      this.#deflate.on('data', (d) => out.push(d))
      this.#deflate.write(Buffer.concat([int(pairs.length), ...pairs.flatMap(([k, v]) => [text(k), text(v)])]))
      this.#deflate.flush(zlib.constants.Z_SYNC_FLUSH, () => { this.#deflate.removeAllListeners('data'); resolve(Buffer.concat(out)) })
    })
    const payload = Buffer.concat([int(id), int(0), Buffer.from([0, 0]), block])
    this.write(Buffer.concat([Buffer.from([0x80, 3, 0, 1]), int(payload.length), payload]))
  }

  send(id, bytes, end = false) {
    const length = int(bytes.length)
    length[0] = end ? 1 : 0
    this.write(Buffer.concat([int(id), length, Buffer.from(bytes)]))
  }

  feed(bytes) {
    this.#input = Buffer.concat([this.#input, bytes])
    while (this.#input.length >= 8 && this.#input.length >= 8 + (this.#input.readUInt32BE(4) & 0xffffff)) {
      const length = this.#input.readUInt32BE(4) & 0xffffff
      const [head, payload] = [this.#input.subarray(0, 8), this.#input.subarray(8, 8 + length)]
      this.#input = this.#input.subarray(8 + length)
      if (head[0] & 0x80) continue
      const id = head.readUInt32BE(0)
      this.data[id] = (this.data[id] ?? '') + payload
      if (head[4] & 1) this.ended.add(id)
    }
    this.#waiting = this.#waiting.filter((w) => !w())
  }

  end(...ids) {
    return new Promise((resolve) => {
      const done = () => ids.every((id) => this.ended.has(id)) && (resolve(), true)
      if (!done()) this.#waiting.push(done)
    })
  }
}

const upgrade = (method, url, headers) => new Promise((resolve, reject) => {
  const request = https.request(`${server.api.url}${url}`, { method, headers: { connection: 'Upgrade', ...headers }, agent: false, ...server.identity })
  request.on('upgrade', (response, socket) => resolve({ response, socket }))
  request.on('response', (response) => reject(new Error(`${response.statusCode}`)))
  request.on('error', reject)
  request.end()
})

const GET = 'GET /spdy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

async function forward(client) {
  await client.open(1, { streamtype: 'error', port: '8080', requestid: '0' })
  await client.open(3, { streamtype: 'data', port: '8080', requestid: '0' })
  client.send(3, GET)
  await client.end(1, 3)
  assert.match(client.data[3], /web GET \/spdy\n/)
  assert.equal(client.data[1], '')
  await client.open(5, { streamtype: 'error', port: '9', requestid: '1' })
  await client.open(7, { streamtype: 'data', port: '9', requestid: '1' })
  await client.end(5, 7)
  assert.equal(client.data[5], 'error forwarding port 9 to pod: connection refused')
}

test('port-forward over SPDY, as older kubectls do', async () => {
  const { response, socket } = await upgrade('POST', `${POD}/portforward`, { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'portforward.k8s.io' })
  assert.equal(response.headers['x-stream-protocol-version'], 'portforward.k8s.io')
  const client = new Client((bytes) => socket.write(bytes))
  socket.on('data', (d) => client.feed(d))
  await forward(client)
  socket.destroy()
})

test('port-forward over SPDY inside a WebSocket, as kubectl does since 1.31', async () => {
  const { response, socket } = await upgrade('GET', `${POD}/portforward`, { upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-protocol': TUNNEL })
  assert.equal(response.headers['sec-websocket-protocol'], TUNNEL)
  // One frame each way is enough of WebSocket here: binary, short or of 16 bits' length, masked with zeros by the client.
  const client = new Client((bytes) => {
    const length = bytes.length < 126 ? [0x80 | bytes.length] : [0xfe, bytes.length >> 8, bytes.length & 255]
    socket.write(Buffer.concat([Buffer.from([0x82, ...length, 0, 0, 0, 0]), bytes]))
  })
  let input = Buffer.alloc(0)
  socket.on('data', (d) => {
    input = Buffer.concat([input, d])
    for (;;) {
      const long = input[1] === 126
      const length = long ? input.length >= 4 && input.readUInt16BE(2) : input[1]
      const from = long ? 4 : 2
      if (input.length < from || input.length < from + length) return
      client.feed(input.subarray(from, from + length))
      input = input.subarray(from + length)
    }
  })
  await forward(client)
  socket.destroy()
})

test('exec over SPDY, as older kubectls do', async () => {
  const { socket } = await upgrade('POST', exec(['cat'], ['stdin', 'stdout']), { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' })
  const client = new Client((bytes) => socket.write(bytes))
  socket.on('data', (d) => client.feed(d))
  await client.open(1, { streamtype: 'error' })
  await client.open(3, { streamtype: 'stdin' })
  await client.open(5, { streamtype: 'stdout' })
  client.send(3, 'through', true)
  await client.end(1, 5)
  assert.deepEqual([client.data[5], JSON.parse(client.data[1]).status], ['through', 'Success'])
  socket.destroy()
})
