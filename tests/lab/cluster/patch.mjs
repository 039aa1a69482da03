// The three ways to change a part of an object: JSON patch (RFC 6902), JSON merge patch (RFC 7386), and the
// strategic merge patch of Kubernetes, which follows the elements of lists by their key.
import { isDeepStrictEqual } from 'node:util'
import { ApiError, badRequest } from './errors.mjs'
import { listKeys } from './managed.mjs'

export const patchTypes = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
}

// The result of BODY on OBJECT, which is changed.
export function applyPatch(type, object, body) {
  if (type === 'json') return jsonPatch(object, body)
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw badRequest('error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}')
  return type === 'merge' ? mergePatch(object, body) : strategic(object, body, [])
}

const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v)

function mergePatch(target, patch) {
  if (!isObject(patch)) return patch
  const result = isObject(target) ? target : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}

// --- JSON patch ---

const rejected = () => new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})

const steps = (pointer) => pointer.split('/').slice(1).map((s) => s.replaceAll('~1', '/').replaceAll('~0', '~'))

function parentOf(root, path) {
  let at = root
  for (const step of path.slice(0, -1)) {
    at = at?.[step]
    if (at === null || typeof at !== 'object') throw rejected()
  }
  return [at, path.at(-1)]
}

function read(root, pointer) {
  const path = steps(pointer)
  if (path.length === 0) return root
  const [parent, last] = parentOf(root, path)
  if (!(last in parent)) throw rejected()
  return parent[last]
}

function add(root, pointer, value) {
  const [parent, last] = parentOf(root, steps(pointer))
  if (!Array.isArray(parent)) {
    parent[last] = value
    return
  }
  const index = last === '-' ? parent.length : Number(last)
  if (!Number.isInteger(index) || index < 0 || index > parent.length) throw rejected()
  parent.splice(index, 0, value)
}

function take(root, pointer) {
  const value = read(root, pointer)
  const [parent, last] = parentOf(root, steps(pointer))
  if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else delete parent[last]
  return value
}

const operations = {
  add: (root, { path, value }) => add(root, path, value),
  remove: (root, { path }) => take(root, path),
  replace: (root, { path, value }) => { take(root, path); add(root, path, value) },
  move: (root, { path, from }) => add(root, path, take(root, from)),
  copy: (root, { path, from }) => add(root, path, structuredClone(read(root, from))),
  test: (root, { path, value }) => { if (!isDeepStrictEqual(read(root, path), value)) throw rejected() },
}

function jsonPatch(object, list) {
  if (!Array.isArray(list)) throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp')
  for (const operation of list) {
    if (!operations[operation.op]) throw rejected()
    operations[operation.op](object, operation)
  }
  return object
}

// --- strategic merge patch ---

// Lists that are merged by key. Others, also lists of plain values but finalizers, are replaced as a whole.
const MERGE_KEY = {
  ...Object.fromEntries(Object.entries(listKeys).map(([field, [name]]) => [field, name])),
  topologySpreadConstraints: 'topologyKey', volumeDevices: 'devicePath', secrets: 'name',
}

function mergeKey(path) {
  const field = path.at(-1)
  if (field === 'ports') return path.includes('containers') || path.includes('initContainers') ? 'containerPort' : path.length === 2 ? 'port' : undefined
  return MERGE_KEY[field]
}

const DIRECTIVE = /^\$(setElementOrder|deleteFromPrimitiveList)\/(.+)$/

function strategic(target, patch, path) {
  if (patch.$patch === 'replace') return without(patch, ['$patch'])
  if (patch.$patch === 'delete') return {}
  const result = isObject(target) ? target : {}
  const before = { ...result }
  if (patch.$retainKeys) for (const key of Object.keys(result)) if (!patch.$retainKeys.includes(key)) delete result[key]
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$retainKeys' || key === '$patch' || DIRECTIVE.test(key)) continue
    if (value === null) delete result[key]
    else if (isObject(value)) result[key] = strategic(result[key], value, [...path, key])
    else if (Array.isArray(value)) result[key] = mergeList(result[key], value, [...path, key])
    else result[key] = value
  }
  for (const [key, value] of Object.entries(patch)) {
    const [, directive, field] = DIRECTIVE.exec(key) ?? []
    if (directive === 'deleteFromPrimitiveList' && result[field]) result[field] = result[field].filter((v) => !value.includes(v))
    if (directive === 'setElementOrder' && result[field]) result[field] = ordered(result[field], value, mergeKey([...path, field]), before[field] ?? [])
  }
  return result
}

const without = (object, names) => Object.fromEntries(Object.entries(object).filter(([k]) => !names.includes(k)))

function mergeList(target, patch, path) {
  const field = path.at(-1)
  const old = Array.isArray(target) ? target : []
  if (field === 'finalizers') return [...old, ...patch.filter((v) => !old.includes(v))]
  const key = mergeKey(path)
  if (!key || patch.some((e) => !isObject(e))) return patch
  if (patch.some((e) => e.$patch === 'replace' && !(key in e))) return patch.filter((e) => key in e || !e.$patch)
  let result = [...old]
  for (const element of patch) {
    if (!(key in element)) throw new ApiError(500, '', `map: ${inGo(element)} does not contain declared merge key: ${key}`)
    const index = result.findIndex((e) => e[key] === element[key])
    if (element.$patch === 'delete') result = result.filter((e) => e[key] !== element[key])
    else if (index >= 0) result[index] = strategic(result[index], element, path)
    else result.push(strategic({}, element, path))
  }
  return ordered(result, patch.filter((e) => e.$patch !== 'delete'), key, old)
}

// A value as Go prints it.
function inGo(value) {
  if (Array.isArray(value)) return `[${value.map(inGo).join(' ')}]`
  return isObject(value) ? `map[${Object.keys(value).sort().map((k) => `${k}:${inGo(value[k])}`).join(' ')}]` : `${value}`
}

// LIST in the order of ORDER. What ORDER does not name keeps its place among what was in the OLD list; what is new
// comes before it.
function ordered(list, order, key, old) {
  const identity = (e) => (key && isObject(e) ? e[key] : e)
  const place = (e) => old.findIndex((o) => identity(o) === identity(e))
  const wanted = order.map(identity)
  const named = list.filter((e) => wanted.includes(identity(e))).sort((a, b) => wanted.indexOf(identity(a)) - wanted.indexOf(identity(b)))
  const others = list.filter((e) => !wanted.includes(identity(e)))
  const result = []
  while (named.length && others.length) result.push(place(named[0]) < 0 || place(named[0]) < place(others[0]) ? named.shift() : others.shift())
  return [...result, ...named, ...others]
}
