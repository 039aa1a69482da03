// Connections that change their protocol: exec and port-forward, over WebSocket and over SPDY. Who may not, and what
// cannot be, is answered before the change, as the real server and its kubelet do.
import { STATUS_CODES } from 'node:http'
import { ApiError, badRequest, PlainError } from './errors.mjs'
import { execChannels, execStreams } from './exec.mjs'
import { forwardChannels, forwardStreams } from './forward.mjs'
import { containerOf } from './logs.mjs'
import { flag } from './request.mjs'
import { SpdySession } from './spdy.mjs'
import { WebSocketServer, createWebSocketStream } from './websocket.mjs'

const TUNNEL = 'SPDY/3.1+portforward.k8s.io'
const CHANNELS = {
  exec: ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io', ''],
  portforward: [TUNNEL, 'v4.channel.k8s.io', ''],
}
const STREAMS = { exec: ['v4.channel.k8s.io'], portforward: ['portforward.k8s.io'] }

const list = (header) => (header ?? '').split(',').map((p) => p.trim()).filter(Boolean)

export class Sockets {
  #server = new WebSocketServer({ noServer: true })

  constructor(api) {
    this.api = api
    this.#server.on('headers', (headers, request) => {
      if (request.chosenProtocol) headers.push(`Sec-WebSocket-Protocol: ${request.chosenProtocol}`)
    })
  }

  upgrade(request, socket, head) {
    socket.on('error', () => {})
    try {
      const { asked } = this.api.admitted(request)
      const wanted = this.wanted(asked)
      if (/^spdy\//i.test(request.headers.upgrade ?? '')) this.#overSpdy(wanted, request, socket, head)
      else if (/^websocket$/i.test(request.headers.upgrade ?? '')) this.#overWebSocket(wanted, request, socket, head)
      else throw badRequest('Upgrade request required')
    } catch (error) {
      refuse(socket, error)
    }
  }

  // {kind, pod, container?, command?, ports?, …} of what a path and its query ask for.
  wanted({ resource, subresource, namespace, name, query }) {
    if (resource?.plural !== 'pods' || !CHANNELS[subresource]) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
    const pod = this.api.store.get('pods', namespace, name)
    const wanted = { kind: subresource, pod, node: this.api.node }
    const placed = () => {
      if (!pod.spec.nodeName) throw badRequest(`pod ${name} does not have a host assigned`)
    }
    if (subresource === 'portforward') {
      wanted.ports = query.getAll('ports').flatMap((p) => p.split(',')).map(portNumber)
      placed()
      return wanted
    }
    wanted.container = containerOf(pod, query.get('container'))
    placed()
    Object.assign(wanted, { command: query.getAll('command') }, Object.fromEntries(['stdin', 'stdout', 'stderr', 'tty'].map((f) => [f, flag(query, f)])))
    if (!wanted.stdin && !wanted.stdout && !wanted.stderr) throw new PlainError(400, 'you must specify at least 1 of stdin, stdout, stderr')
    return wanted
  }

  // The kubelet's refusal. v5 is spoken by the API server itself: it has agreed by then, and tells it as the status.
  #checkRunning({ kind, pod, container }, chosen) {
    const status = (pod.status.containerStatuses ?? []).find((s) => s.name === container)
    if (kind === 'portforward' || status?.state?.running || /^v5\./.test(chosen)) return
    throw new PlainError(500, `container not found (${JSON.stringify(container)})`)
  }

  #overWebSocket(wanted, request, socket, head) {
    const offered = list(request.headers['sec-websocket-protocol']).filter((p) => !p.startsWith('base64url.bearer.authorization.'))
    const chosen = (offered.length ? offered : ['']).find((p) => CHANNELS[wanted.kind].includes(p))
    if (chosen === undefined) throw new PlainError(403)
    this.#checkRunning(wanted, chosen)
    if (wanted.kind === 'portforward' && chosen !== TUNNEL && wanted.ports.length === 0) throw new PlainError(400, 'query parameter "port" is required')
    // The tunnel's name is no token, which the library would refuse: it is answered by the listener above.
    delete request.headers['sec-websocket-protocol']
    request.chosenProtocol = chosen
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      ws.on('error', () => {})
      if (wanted.kind === 'exec') execChannels(ws, chosen, wanted)
      else if (chosen !== TUNNEL) forwardChannels(ws, wanted)
      else forwardStreams(new SpdySession(createWebSocketStream(ws)), wanted)
    })
  }

  #overSpdy(wanted, request, socket, head) {
    const offered = list(request.headers['x-stream-protocol-version'])
    const chosen = offered.find((p) => STREAMS[wanted.kind].includes(p))
    if (!chosen) throw new PlainError(403, `unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${STREAMS[wanted.kind].join(' ')}]`)
    this.#checkRunning(wanted, chosen)
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${chosen}\r\n\r\n`)
    if (head.length) socket.unshift(head)
    const session = new SpdySession(socket)
    if (wanted.kind === 'exec') execStreams(session, wanted)
    else forwardStreams(session, wanted)
  }
}

function portNumber(text) {
  if (!/^\d+$/.test(text)) throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}

function refuse(socket, error) {
  const plain = error instanceof PlainError
  const known = plain || error instanceof ApiError ? error : new ApiError(500, 'InternalError', `Internal error occurred: ${error.stack}`)
  const body = plain ? known.message : `${JSON.stringify(known.status())}\n`
  const headers = [`HTTP/1.1 ${known.code} ${STATUS_CODES[known.code]}`, 'Connection: close']
  if (body) headers.push(`Content-Type: ${plain ? 'text/plain; charset=utf-8' : 'application/json'}`, `Content-Length: ${Buffer.byteLength(body)}`)
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`)
}
