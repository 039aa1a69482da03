// How an answer is written: JSON in the order of the real server's members, pretty for people, gzip for what is big.
import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { ApiError, PlainError } from './errors.mjs'

const GZIP_FROM = 128 * 1024 // bytes

const METADATA = [
  'name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp',
  'deletionGracePeriodSeconds', 'labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields',
]

const inOrder = (object, names) => Object.fromEntries([...names, ...Object.keys(object)].filter((n) => object[n] !== undefined).map((n) => [n, object[n]]))

// OBJECT with its members in the usual order; inside a list it has no kind.
export function presented(object, { inList = false } = {}) {
  const { kind, apiVersion, metadata, spec, status, ...rest } = object
  const own = { ...(metadata ? { metadata: inOrder(metadata, METADATA) } : {}), ...(spec === undefined ? {} : { spec }), ...rest, ...(status === undefined ? {} : { status }) }
  return inList ? own : { kind, apiVersion, ...own }
}

const READABLE = /^(curl|Wget|Mozilla)/

function pretty(request, query) {
  if (query?.has('pretty')) return !['0', 'false'].includes(query.get('pretty'))
  return READABLE.test(request.headers['user-agent'] ?? '')
}

const headers = () => ({ 'audit-id': randomUUID(), 'cache-control': 'no-cache, private' })

// Sends BODY, an object or text. WARNINGS become Warning headers, which kubectl prints.
export function send(request, response, { code = 200, body, type = 'application/json', query, warnings = [], spaced = false }) {
  const plain = typeof body === 'string' || Buffer.isBuffer(body)
  let data = Buffer.from(plain ? body : spaced || pretty(request, query) ? JSON.stringify(body, null, 2) : `${JSON.stringify(body)}\n`)
  const all = { ...headers(), 'content-type': type }
  if (warnings.length) all.warning = warnings.map((w) => `299 - ${JSON.stringify(w)}`)
  if (data.length >= GZIP_FROM && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
    data = gzipSync(data, { level: 1 })
    Object.assign(all, { 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
  }
  response.writeHead(code, { ...all, 'content-length': data.length })
  response.end(request.method === 'HEAD' ? undefined : data)
}

// Begins an answer whose end is not known yet; what it returns takes the chunks.
export function stream(response, type = 'application/json') {
  response.writeHead(200, { ...headers(), 'content-type': type })
  response.flushHeaders?.()
  return response
}

// Answers with ERROR; one that is no refusal is a fault of the lab and says so.
export function refuse(request, response, error, query) {
  if (error instanceof PlainError && !response.headersSent) {
    send(request, response, { code: error.code, body: error.message, type: 'text/plain; charset=utf-8' })
    return
  }
  const known = error instanceof ApiError ? error : new ApiError(500, 'InternalError', `Internal error occurred: ${error.stack}`)
  if (response.headersSent) {
    response.destroy?.(error)
    return
  }
  if (known.details?.retryAfterSeconds) response.setHeader('retry-after', `${known.details.retryAfterSeconds}`)
  send(request, response, { code: known.code, body: known.status(), query })
}

// 'json', 'table' or 'metadata': the first that ACCEPT names and that can be had.
export function representation(accept = '*/*') {
  for (const choice of accept.split(',').map((a) => a.trim())) {
    if (/^application\/json.*;as=Table/.test(choice)) return 'table'
    if (/^application\/json.*;as=PartialObjectMetadata(List)?(;|$)/.test(choice)) return 'metadata'
    if (/^(application\/json|application\/\*|\*\/\*)(;|$)/.test(choice) && !/;as=/.test(choice)) return 'json'
  }
  throw new ApiError(406, 'NotAcceptable', '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch', {})
}
