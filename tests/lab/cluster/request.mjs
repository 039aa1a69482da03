// What a request asks for: the resource or page its path names, and the verb that RBAC knows it by.
import { ApiError, badRequest } from './errors.mjs'
import { decodeProtobuf } from './protobuf.mjs'
import { resourceAt } from './resources.mjs'

const VERBS = { GET: 'get', HEAD: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }
const DISCOVERY_DEPTH = { api: 2, apis: 3 } // /api/v1 and /apis/apps/v1 are lists of resources, what is below them is objects

const truth = (value) => value !== null && value !== '0' && value !== 'false'

// {path, query, verb} and for objects {group, version, plural, resource, namespace?, name?, subresource?, rest?};
// `resource` is undefined where the path names none.
export function parseRequest(method, url) {
  const { pathname, searchParams: query } = new URL(url, 'https://lab')
  const parts = pathname.split('/').slice(1).map(decodeURIComponent)
  const depth = DISCOVERY_DEPTH[parts[0]]
  const verb = VERBS[method] ?? method.toLowerCase()
  if (!depth || parts.length <= depth || parts[depth] === '') return { path: pathname, query, verb }
  const [group, version] = depth === 2 ? ['', parts[1]] : [parts[1], parts[2]]
  const found = { path: pathname, query, group, version, ...place(parts.slice(depth)) }
  const watching = query.has('watch') && truth(query.get('watch'))
  found.verb = verbOf(verb, found, watching)
  found.resource = resourceAt(group, version, found.plural)
  return found
}

function place(parts) {
  if (parts[0] === 'namespaces' && parts.length > 2 && !['status', 'finalize'].includes(parts[2])) {
    const [, namespace, plural, name, subresource, ...rest] = parts
    return { namespace, plural, name, subresource, rest }
  }
  const [plural, name, subresource, ...rest] = parts
  return { plural, name, subresource, rest, ...(plural === 'namespaces' && name ? { namespace: name } : {}) }
}

function verbOf(verb, { name }, watching) {
  if (name) return verb
  if (verb === 'get') return watching ? 'watch' : 'list'
  return verb === 'delete' ? 'deletecollection' : verb
}

// The attributes that rbac.mjs judges.
export function attributesOf({ path, verb, group, plural, subresource, name, namespace }) {
  if (plural === undefined) return { verb, path }
  return { verb, group, resource: plural, subresource, name, namespace }
}

const MAX_BODY = 3 << 20

// The body of REQUEST as JSON text; empty when it has none. Of protobuf, what the lab knows is turned into JSON.
export async function readBody(request) {
  const chunks = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAX_BODY) throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY}`)
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  if (request.headers['content-type'] !== 'application/vnd.kubernetes.protobuf') return bytes.toString()
  const object = decodeProtobuf(bytes)
  if (object) return JSON.stringify(object)
  throw new ApiError(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf')
}

export function parseJson(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// The whole number that query parameter NAME holds, or undefined.
export function integer(query, name) {
  const value = query.get(name)
  if (value === null || value === '') return undefined
  if (!/^[+-]?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
  return Number(value)
}

export const flag = (query, name) => query.has(name) && truth(query.get(name))
