// A TLS server (HTTP/2, and HTTP/1.1 for WebSockets) that speaks for an API and, where a test says so, breaks its
// word. Every question becomes an exchange; the fault sees it first.
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import { FrameReader, acceptKey, closing, frame, CLOSE, PING } from './frames.mjs'

const PONG = 10
const sleepless = () => {}

// One question over HTTP. Whoever takes it ends it in one of these ways, or leaves it hanging.
export class Exchange {
  constructor(server, request, response, number) {
    Object.assign(this, { server, request, response, number, method: request.method, url: request.url, kind: 'api', clientPort: request.socket.remotePort })
    response.on('error', sleepless)
  }

  get stream() {
    return this.response.stream // of HTTP/2
  }

  answer(status, body, type = 'application/json', headers = {}) {
    this.response.writeHead(status, { 'content-type': type, ...headers })
    this.response.end(body)
  }

  object(status, object, headers) {
    this.answer(status, JSON.stringify(object), 'application/json', headers)
  }

  // The API's own answer, changed by CHANGE where given.
  proceed(change) {
    if (this.server.api.pass) return this.server.api.pass(this)
    const { status, object, text } = this.server.api.answer(this.method, this.url)
    if (/[?&]watch=1/.test(this.url)) return this.response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders?.()
    if (object === undefined) return this.answer(status, text, 'text/plain')
    const copy = structuredClone(object)
    return this.object(status, change?.(copy) ?? copy)
  }

  // The whole connection, with all that is under way on it.
  cut() {
    this.server.cut(this.clientPort)
  }
}

// The upgrade to a WebSocket that an exec or a port-forward begins with.
export class Upgrade {
  constructor(server, request, socket, number) {
    Object.assign(this, { server, request, socket, number, method: 'GET', url: request.url, clientPort: socket.remotePort })
    this.kind = /\/exec(\?|$)/.test(request.url) ? 'exec' : 'forward'
    socket.on('error', sleepless)
  }

  refuse(status, body, type = 'application/json') {
    const head = `HTTP/1.1 ${status} Refused\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`
    this.socket.end(head + body)
  }

  accept({ key = acceptKey(this.request.headers['sec-websocket-key']), protocol = this.#protocol() } = {}) {
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${key}`]
    if (protocol) lines.push(`Sec-WebSocket-Protocol: ${protocol}`)
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    return this
  }

  #protocol() {
    return this.kind === 'exec' ? 'v5.channel.k8s.io' : 'v4.channel.k8s.io'
  }

  // A message on a channel.
  send(channel, bytes, options) {
    this.socket.write(frame(Buffer.concat([Buffer.from([channel]), Buffer.from(bytes)]), options))
    return this
  }

  close(code = 1000) {
    this.socket.write(closing(code))
    return this
  }

  cut() {
    this.server.cut(this.clientPort)
  }

  get port() {
    return Number(/[?&]ports=(\d+)/.exec(this.url)?.[1])
  }

  // Both channels of a port-forward begin with the port.
  portFrames() {
    const port = Buffer.alloc(2)
    port.writeUInt16LE(this.port)
    return this.send(0, port).send(1, port)
  }

  // Calls TAKE with each message's channel and bytes.
  listen(take) {
    const reader = new FrameReader(({ opcode, payload }) => {
      if (opcode === CLOSE) this.socket.end(closing(1000))
      else if (opcode === PING) this.socket.write(frame(payload, { opcode: PONG }))
      else if (payload.length > 0) take?.(payload[0], payload.subarray(1))
    })
    this.socket.on('data', (bytes) => reader.add(bytes))
    return this
  }

  proceed() {
    if (this.server.api.passUpgrade) return this.server.api.passUpgrade(this)
    this.accept()
    return this.kind === 'exec' ? this.#run() : this.#connect()
  }

  #run() {
    this.listen()
    const { out, err, code } = this.server.api.exec(this.url)
    for (const channel of [1, 2, 3]) this.send(channel, '')
    if (out) this.send(1, out)
    if (err) this.send(2, err)
    this.send(3, JSON.stringify(exitStatus(code))).close()
  }

  #connect() {
    let asked = ''
    this.portFrames().listen((channel, bytes) => {
      asked += bytes.toString('latin1')
      const head = /^([A-Z]+) (\S+) HTTP\/1\.1\r\n(?:.*\r\n)*?\r\n/.exec(asked)
      if (!head) return
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head[0])?.[1] ?? 0)
      if (asked.length < head[0].length + length) return
      asked = ''
      const operation = /DynamoDB_\w+\.\w+/.exec(head[0])?.[0]
      this.send(0, this.server.api.forward(this.url, this.port, head[1], head[2], operation))
    })
  }
}

export function exitStatus(code) {
  if (code === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {}, status: 'Failure', reason: 'NonZeroExitCode', message: `command terminated with non-zero exit code: exit status ${code}`,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}

// FAULT(exchange) is true when it has taken the exchange. WIRE {cutAfter, stallAfter, first} counts the bytes that
// the server sends on a connection, TLS and all; `first` goes out before anything else.
export class FaultServer {
  constructor({ api, certificate, fault = () => false, wire = null, http1 = false }) {
    Object.assign(this, { api, fault, wire })
    this.exchanges = []
    this.sockets = new Set()
    const identity = { cert: certificate.cert, key: certificate.key }
    this.tls = http1 ? https.createServer(identity) : http2.createSecureServer({ ...identity, allowHTTP1: true })
    this.tls.on('request', (request, response) => this.#take(new Exchange(this, request, response, this.exchanges.length + 1)))
    this.tls.on('upgrade', (request, socket) => this.#take(new Upgrade(this, request, socket, this.exchanges.length + 1)))
    for (const event of ['secureConnection', 'connection']) this.tls.on(event, (socket) => this.#keep(socket))
    this.tls.on('session', (session) => session.on('error', sleepless))
    for (const event of ['tlsClientError', 'sessionError', 'clientError', 'error']) this.tls.on(event, (e, socket) => socket?.destroy?.())
  }

  #keep(socket) {
    if (this.down) return socket.destroy()
    this.sockets.add(socket)
    socket.on('error', sleepless)
    socket.on('close', () => this.sockets.delete(socket))
    return undefined
  }

  // Cuts everything, and takes nothing more until goUp().
  goDown() {
    this.down = true
    for (const socket of this.sockets) socket.destroy()
  }

  goUp() {
    this.down = false
  }

  async #take(exchange) {
    this.exchanges.push(exchange)
    if (exchange.kind === 'api' && exchange.request.headers['content-length'] > 0) exchange.body = await bodyOf(exchange.request)
    if (!this.fault(exchange)) exchange.proceed()
  }

  // HTTP/2 forbids to touch the socket of a session: it is known by its port.
  cut(clientPort) {
    for (const one of this.sockets) if (one.remotePort === clientPort) one.destroy()
  }

  // Resolves with its URL.
  async start() {
    await listening(this.tls)
    const { port } = this.tls.address()
    if (!this.wire) return `https://127.0.0.1:${port}`
    this.front = net.createServer((client) => passOn(client, port, this.wire))
    await listening(this.front)
    return `https://127.0.0.1:${this.front.address().port}`
  }

  stop() {
    this.front?.close()
    this.tls.close()
    for (const socket of this.sockets) socket.destroy()
  }
}

const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

function bodyOf(request) {
  const pieces = []
  return new Promise((resolve) => request.on('data', (d) => pieces.push(d)).on('end', () => resolve(Buffer.concat(pieces))))
}

// Bytes both ways until the server's share is used up.
function passOn(client, port, { cutAfter = Infinity, stallAfter = Infinity, first }) {
  const server = net.connect(port, '127.0.0.1')
  let left = Math.min(cutAfter, stallAfter)
  for (const socket of [client, server]) socket.on('error', sleepless)
  if (first !== undefined) client.write(first)
  client.pipe(server)
  const pass = (bytes) => {
    if (left > 0) client.write(bytes.subarray(0, left))
    left -= bytes.length
    if (left <= 0 && cutAfter < stallAfter) client.end(() => client.destroy())
  }
  server.on('data', pass)
  server.on('close', () => left > 0 && client.end())
  client.on('close', () => server.destroy())
}
