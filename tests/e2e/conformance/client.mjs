// An API server as a plain HTTP client sees it: what postflight asks, put the way postflight puts it.
import https from 'node:https'
import tls from 'node:tls'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { FrameReader, acceptKey } from '../../lab/faults/frames.mjs'
import { kubectl } from '../cluster.mjs'

const base64 = (text) => (text ? Buffer.from(text, 'base64') : undefined)
const PATIENCE_MS = 20_000

export class Client {
  constructor(url, secrets, headers) {
    Object.assign(this, { url: new URL(url), secrets, headers, agent: new https.Agent({ ...secrets, keepAlive: true }) })
  }

  // As the current kubeconfig says.
  static async current() {
    const config = JSON.parse(await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']))
    const [{ cluster }] = config.clusters
    const [{ user }] = config.users
    const secrets = { ca: base64(cluster['certificate-authority-data']), cert: base64(user['client-certificate-data']), key: base64(user['client-key-data']) }
    return new Client(cluster.server, secrets, user.token ? { authorization: `Bearer ${user.token}` } : {})
  }

  // The same server for the bearer of TOKEN; null: for nobody.
  as(token) {
    return new Client(this.url, { ca: this.secrets.ca }, token ? { authorization: `Bearer ${token}` } : {})
  }

  // {status, headers, text, json}; json is undefined where the body is none.
  async ask(method, path, body, headers = {}) {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const request = https.request(new URL(path, this.url), {
      method, agent: this.agent, timeout: PATIENCE_MS,
      headers: { accept: 'application/json, */*', 'user-agent': 'postflight', ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}), ...this.headers, ...headers },
    })
    request.end(text)
    const [answer] = await once(request, 'response')
    const pieces = []
    for await (const piece of answer) pieces.push(piece)
    const bytes = Buffer.concat(pieces)
    const plain = (answer.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8')
    return { status: answer.statusCode, headers: answer.headers, text: plain, json: parsed(plain) }
  }

  get(path, headers) {
    return this.ask('GET', path, undefined, headers)
  }

  patch(path, body) {
    return this.ask('PATCH', path, body, { 'content-type': 'application/merge-patch+json' })
  }

  // The events of a watch, until ENOUGH(events) or its end: {status, events, ended}.
  async watch(path, enough = () => false) {
    const request = https.request(new URL(path, this.url), { agent: this.agent, headers: { accept: 'application/json', 'user-agent': 'postflight', ...this.headers } })
    request.end()
    const [answer] = await once(request, 'response')
    const events = []
    let rest = ''
    for await (const piece of answer) {
      rest += piece.toString('utf8')
      for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
        events.push(JSON.parse(rest.slice(0, at)))
        rest = rest.slice(at + 1)
      }
      if (enough(events)) {
        request.destroy()
        return { status: answer.statusCode, events, ended: false }
      }
    }
    return { status: answer.statusCode, events, ended: true, rest }
  }

  // An upgrade: {status, protocol, text} and, when it was granted, messages as they come.
  async socket(path, protocols) {
    const url = new URL(path, this.url)
    const socket = tls.connect({ ...this.secrets, host: url.hostname, port: url.port || 443, ALPNProtocols: ['http/1.1'] })
    await once(socket, 'secureConnect')
    const key = randomBytes(16).toString('base64')
    const headers = { host: url.host, 'user-agent': 'postflight', connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': 13, 'sec-websocket-key': key,
      'sec-websocket-protocol': protocols, ...this.headers }
    socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\n${Object.entries(headers).map(([n, v]) => `${n}: ${v}\r\n`).join('')}\r\n`)
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer to the upgrade at ${path}`)), PATIENCE_MS)
      let head = Buffer.alloc(0)
      const onData = (bytes) => {
        head = Buffer.concat([head, bytes])
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        const lines = head.subarray(0, end).toString('latin1').split('\r\n')
        const told = Object.fromEntries(lines.slice(1).map((l) => [l.slice(0, l.indexOf(':')).toLowerCase(), l.slice(l.indexOf(':') + 1).trim()]))
        const status = Number(lines[0].split(' ')[1])
        const body = head.subarray(end + 4)
        if (status !== 101 && body.length < Number(told['content-length'] ?? 0)) return
        clearTimeout(late)
        socket.off('data', onData)
        if (status !== 101) socket.destroy()
        resolve(status === 101 ? new Channels(socket, told, acceptKey(key), body) : { status, text: body.toString('utf8'), json: parsed(body.toString('utf8')) })
      }
      socket.on('data', onData).on('error', reject)
    })
  }
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// The channels of a stream: what came on each, and how it ended.
class Channels {
  constructor(socket, headers, key, first) {
    Object.assign(this, { socket, status: 101, protocol: headers['sec-websocket-protocol'], isAccepted: headers['sec-websocket-accept'] === key })
    this.came = {}
    this.order = []
    this.closeCode = null
    this.isOver = false
    this.reader = new FrameReader(({ opcode, payload }) => this.#take(opcode, payload))
    socket.on('data', (bytes) => this.reader.add(bytes))
    socket.on('close', () => {
      this.isOver = true
    })
    this.reader.add(first)
  }

  #take(opcode, payload) {
    if (opcode === 8) {
      this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
      this.isOver = true
      this.socket.end()
    } else if (opcode < 3) {
      this.order.push(payload[0])
      this.came[payload[0]] = Buffer.concat([this.came[payload[0]] ?? Buffer.alloc(0), payload.subarray(1)])
    }
  }

  text(channel, from = 0) {
    return (this.came[channel] ?? Buffer.alloc(0)).subarray(from).toString('utf8')
  }

  send(channel, text) {
    const payload = Buffer.concat([Buffer.from([channel]), Buffer.from(text)])
    const mask = randomBytes(4)
    const head = payload.length < 126 ? [0x82, 0x80 | payload.length] : [0x82, 0x80 | 126, payload.length >> 8, payload.length & 255]
    this.socket.write(Buffer.concat([Buffer.from(head), mask, payload.map((b, i) => b ^ mask[i & 3])]))
  }

  // Waits until CONDITION(this) or the end of the stream.
  async until(condition) {
    const deadline = Date.now() + PATIENCE_MS
    while (!condition(this) && !this.isOver) {
      if (Date.now() > deadline) throw new Error('the stream gave nothing more')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return this
  }

  end() {
    return this.until(() => false)
  }

  close() {
    this.socket.destroy()
  }
}
