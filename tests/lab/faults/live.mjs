// The way through to a real API server, whose credentials the proxy has and its client has not.
import https from 'node:https'
import tls from 'node:tls'
import { FrameReader } from './frames.mjs'

const HOP = ['host', 'connection', 'authorization', 'transfer-encoding', 'keep-alive', 'content-length']
const base64 = (text) => (text ? Buffer.from(text, 'base64') : undefined)

export class LiveApi {
  // CONFIG: a kubeconfig as JSON, flattened to one context.
  constructor(config) {
    const [{ cluster }] = config.clusters
    const [{ user }] = config.users
    this.url = new URL(cluster.server)
    this.tls = { ca: base64(cluster['certificate-authority-data']), cert: base64(user['client-certificate-data']), key: base64(user['client-key-data']) }
    this.authorization = user.token ? { authorization: `Bearer ${user.token}` } : {}
    this.agent = new https.Agent({ ...this.tls, keepAlive: true })
  }

  #headers(request) {
    const kept = Object.entries(request.headers).filter(([name]) => !name.startsWith(':') && !HOP.includes(name))
    return { ...Object.fromEntries(kept), ...this.authorization, host: this.url.host }
  }

  // Hands the exchange on; BEFORE_ANSWER is called when the server has done what was asked, and may keep the answer
  // back by returning false.
  pass(exchange, beforeAnswer = () => true) {
    const { request, response, body = Buffer.alloc(0) } = exchange
    const headers = { ...this.#headers(request), ...(body.length > 0 ? { 'content-length': body.length } : {}) }
    const onward = https.request(new URL(exchange.url, this.url), { method: exchange.method, headers, agent: this.agent }, (answer) => {
      if (!beforeAnswer()) return answer.resume()
      const told = Object.entries(answer.headers).filter(([name]) => !HOP.includes(name))
      response.writeHead(answer.statusCode, Object.fromEntries(told))
      return answer.on('error', () => exchange.cut()).pipe(response)
    })
    onward.on('error', () => exchange.cut())
    response.on('close', () => onward.destroy())
    onward.end(body)
  }

  // The same for a WebSocket. REQUESTED is called with the head of each HTTP request that goes through a port-forward,
  // ANSWERED at the first bytes after that; what returns false ends the stream before the bytes are handed on.
  passUpgrade(upgrade, requested = () => true, answered = () => true) {
    const { request, socket } = upgrade
    const onward = tls.connect({ ...this.tls, host: this.url.hostname, port: this.url.port || 443, ALPNProtocols: ['http/1.1'] })
    let asked = false
    const reader = new FrameReader(({ payload }) => {
      const head = /^([A-Z]+ \S+) HTTP\/1\.1\r\n/.exec(payload.subarray(1).toString('latin1'))
      if (!head) return
      asked = true
      if (!requested(head[1])) onward.destroy()
    })
    const lines = Object.entries({ ...this.#headers(request), connection: 'Upgrade' }).map(([name, value]) => `${name}: ${value}`)
    onward.write(`GET ${upgrade.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    socket.on('data', (bytes) => {
      reader.add(bytes)
      if (!onward.destroyed) onward.write(bytes)
    })
    onward.on('data', (bytes) => {
      if (asked && !answered()) onward.destroy()
      else socket.write(bytes)
    })
    for (const [one, other] of [[socket, onward], [onward, socket]]) {
      one.on('error', () => other.destroy())
      one.on('end', () => other.end())
      one.on('close', () => other.destroy())
    }
  }
}
