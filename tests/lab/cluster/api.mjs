// The API server: HTTPS with HTTP/2 and HTTP/1.1 on 127.0.0.1, at any free port.
//
//     const api = await startApi({ store, node, folder })     → {url, kubeconfig, close()}
//
// FOLDER takes certificates and the kubeconfig. NODE is described in README.md; it may come later (api.node = node).
import { mkdirSync, writeFileSync } from 'node:fs'
import http2 from 'node:http2'
import path from 'node:path'
import { presented, refuse, representation, send } from './answer.mjs'
import { authenticate, impersonate, Tokens } from './auth.mjs'
import { bootstrap, NAMESPACES } from './bootstrap.mjs'
import { kubeconfig, makeCertificates } from './certificates.mjs'
import { discover } from './discovery.mjs'
import { ApiError, badRequest } from './errors.mjs'
import { collectGarbage } from './garbage.mjs'
import { sendLog } from './logs.mjs'
import { Objects } from './objects.mjs'
import { proxy } from './proxy.mjs'
import { Authorizer } from './rbac.mjs'
import { attributesOf, parseJson, parseRequest, readBody } from './request.mjs'
import { review } from './reviews.mjs'
import { apiVersionOf } from './resources.mjs'
import { Sockets } from './sockets.mjs'
import { table } from './table.mjs'
import { watch } from './watching.mjs'

const UPGRADED = ['exec', 'attach', 'portforward']
const METHOD = 'the server does not allow this method on the requested resource'

class Api {
  constructor({ store, node, bookmarkSeconds }) {
    Object.assign(this, { store, node, bookmarkSeconds })
    this.tokens = new Tokens(store)
    this.authorizer = new Authorizer(store)
    this.objects = new Objects(store)
    this.sockets = new Sockets(this)
    if (!store.peek('namespaces', undefined, NAMESPACES[0])) bootstrap(store)
    this.stopGarbage = collectGarbage(store)
  }

  // Who asks for what, once both are known to be allowed.
  admitted(request) {
    const asked = parseRequest(request.method, request.url)
    const real = authenticate(request, this.tokens)
    const user = impersonate(request, real, this.authorizer)
    this.authorizer.require(user, attributesOf(asked))
    return { asked, user }
  }

  async serve(request, response) {
    let query
    try {
      const { asked, user } = this.admitted(request)
      query = asked.query
      if (asked.plural === undefined) this.#page(asked, request, response)
      else await this.#resource(asked, user, request, response)
    } catch (error) {
      refuse(request, response, error, query)
    }
  }

  #page(asked, request, response) {
    const found = discover(asked.path, request.headers.accept)
    if (!found) send(request, response, { code: 404, body: '404 page not found\n', type: 'text/plain; charset=utf-8' })
    else if (asked.verb !== 'get') throw new ApiError(405, 'MethodNotAllowed', METHOD, {})
    else send(request, response, { ...found, query: asked.query, spaced: found.pretty })
  }

  async #resource(asked, user, request, response) {
    const { resource, subresource, verb } = asked
    if (!resource) {
      if (!discover(asked.group ? `/apis/${asked.group}` : '/api')) return send(request, response, { code: 404, body: '404 page not found\n', type: 'text/plain; charset=utf-8' })
    }
    if (!resource || (subresource && !resource.subresources[subresource])) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
    if (request.method === 'HEAD' && subresource !== 'proxy') throw new ApiError(405, 'MethodNotAllowed', METHOD, {})
    if (subresource === 'proxy') return proxy(this.store, this.node, asked, request, response)
    if (!named(asked) || !(subresource ? resource.subresources[subresource] : resource.verbs).includes(verb)) throw new ApiError(405, 'MethodNotAllowed', METHOD, {})
    if (UPGRADED.includes(subresource)) {
      this.sockets.wanted(asked)
      throw badRequest('Upgrade request required')
    }
    if (subresource === 'log') return sendLog(this.store, this.node, asked, response)
    const form = representation(request.headers.accept)
    if (verb === 'watch') return watch(this.store, asked, form, response, this)
    const text = ['create', 'update', 'patch', 'delete', 'deletecollection'].includes(verb) ? await readBody(request) : ''
    send(request, response, { ...shown(this.#answer(asked, text, user, request.headers), asked, form), query: asked.query })
  }

  #answer(asked, text, user, headers) {
    const { resource, subresource, namespace, name, verb } = asked
    if (!resource.stored) return review(asked, text, { authorizer: this.authorizer, tokens: this.tokens, user })
    if (subresource === 'token') return { code: 201, body: this.tokens.request(namespace, name, parseJson(text) ?? {}) }
    if (subresource === 'eviction') return this.objects.evict(asked, text)
    if (subresource === 'binding') throw new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
    return this.objects[verb](asked, text, headers)
  }
}

// Some verbs need a name, creating something must not have one.
const named = ({ verb, name, subresource }) => (name ? verb !== 'create' || subresource : !['update', 'patch', 'delete'].includes(verb))

// The form that the client asked for.
function shown(answer, { resource, query }, form) {
  const { list, items, metadata, body, ...rest } = answer
  const tabular = form === 'table' && (list || body.kind === resource.kind)
  if (tabular) return { ...rest, body: table(resource, list ? items : [body], metadata ?? { resourceVersion: body.metadata.resourceVersion }, query.get('includeObject')) }
  const one = form === 'metadata' ? (o) => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: o.metadata }) : (o) => o
  if (!list) return { ...rest, body: presented(body.kind === resource.kind ? one(body) : body) }
  const kind = form === 'metadata' ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' } : { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource) }
  return { ...rest, body: { ...kind, metadata, items: items.map((o) => presented(one(o), { inList: form === 'json' })) } }
}

export async function startApi({ store, node, folder, port = 0, bookmarkSeconds }) {
  mkdirSync(folder, { recursive: true })
  const { ca, server: own, admin } = makeCertificates(folder)
  const api = new Api({ store, node, bookmarkSeconds })
  const server = http2.createSecureServer({ allowHTTP1: true, ca, ...own, requestCert: true, rejectUnauthorized: false })
  const connections = new Set()
  server.on('request', (request, response) => api.serve(request, response))
  server.on('upgrade', (request, socket, head) => api.sockets.upgrade(request, socket, head))
  server.on('secureConnection', (socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    socket.on('error', () => {}) // a client that breaks off is no fault of ours
  })
  server.on('sessionError', () => {})
  server.on('tlsClientError', () => {})
  await new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const url = `https://127.0.0.1:${server.address().port}`
  const file = path.join(folder, 'kubeconfig')
  writeFileSync(file, kubeconfig({ url, ca, admin }), { mode: 0o600 })
  return Object.assign(api, {
    url, ca, admin, kubeconfig: file,
    close: () => new Promise((resolve) => {
      api.stopGarbage()
      server.close(resolve)
      for (const socket of connections) socket.destroy()
    }),
  })
}
