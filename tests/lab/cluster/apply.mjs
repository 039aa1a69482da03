// Server-side apply: the fields that a manager states become its own; those that it no longer states, and that nobody
// else owns, go. A field that another manager owns with another value is a conflict, unless it is forced.
import { isDeepStrictEqual } from 'node:util'
import { ApiError, badRequest, invalid } from './errors.mjs'
import { stated } from './managed.mjs'
import { applyPatch } from './patch.mjs'
import { flag, parseJson } from './request.mjs'

const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v)

// The paths of a FieldsV1 tree's leaves; '.' stands for the place itself.
function* leaves(tree, path = []) {
  const below = Object.entries(tree).filter(([step]) => step !== '.')
  if (below.length === 0) yield path
  for (const [step, rest] of below) yield* leaves(rest, [...path, step])
}

const isElement = (step) => {
  const wanted = Object.entries(JSON.parse(step.slice(2)))
  return (element) => wanted.every(([k, v]) => element[k] === v)
}

const down = (here, step) => (step.startsWith('f:') ? here?.[step.slice(2)] : Array.isArray(here) ? here.find(isElement(step)) : undefined)
const at = (object, path) => path.reduce(down, object)
const owns = (tree, path) => path.reduce((t, step) => t?.[step], tree) !== undefined

// Takes the place at PATH out of OBJECT, with what is empty then on the way to it.
function prune(object, path) {
  const parent = at(object, path.slice(0, -1))
  const step = path.at(-1)
  if (parent === undefined) return
  if (Array.isArray(parent)) parent.splice(parent.findIndex(isElement(step)), 1)
  else delete parent[step.slice(2)]
  if (path.length > 1 && Object.keys(parent).length === 0) prune(object, path.slice(0, -1))
}

// What PREVIOUS says that the manager owned and FIELDS no longer states.
function* dropped(previous, fields, others) {
  for (const path of leaves(previous)) {
    if (owns(fields, path) || others.some((e) => owns(e.fieldsV1, path))) continue
    // An element of a list goes as a whole when its key is no longer stated.
    const cut = path.findIndex((step, i) => step.startsWith('k:') && !owns(fields, path.slice(0, i + 1)))
    yield cut < 0 ? path : path.slice(0, cut + 1)
  }
}

const shown = (path) => path.map((s) => (s.startsWith('f:') ? `.${s.slice(2)}` : `[${Object.entries(JSON.parse(s.slice(2))).map(([k, v]) => `${k}=${JSON.stringify(v)}`).join(',')}]`)).join('')

function conflicts(old, object, fields, others) {
  const found = []
  for (const by of others) {
    for (const path of leaves(fields)) if (owns(by.fieldsV1, path) && !isDeepStrictEqual(at(old, path), at(object, path))) found.push({ by, field: shown(path) })
  }
  return found
}

const whom = ({ manager, operation, apiVersion, subresource }) =>
  `"${manager}"${subresource ? ` with subresource "${subresource}"` : ''}${operation === 'Apply' ? '' : ` using ${apiVersion}`}`

function refusal(found) {
  const cause = ({ by, field }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${whom(by)}`, field })
  const managers = [...new Set(found.map(({ by }) => by))]
  const told = found.length === 1
    ? `conflict with ${whom(found[0].by)}: ${found[0].field}`
    : managers.map((by) => `conflicts with ${whom(by)}:\n${found.filter((f) => f.by === by).map((f) => `- ${f.field}`).join('\n')}`).join('\n')
  return new ApiError(409, 'Conflict', `Apply failed with ${found.length} conflict${found.length === 1 ? '' : 's'}: ${told}`, { causes: found.map(cause) })
}

// TEXT must be JSON, which is YAML. Returns {code?, body}.
export function serverSideApply(store, asked, text, options) {
  const { resource, name, query } = asked
  const namespace = resource.namespaced ? asked.namespace : undefined
  const object = parseJson(text)
  if (!isObject(object)) throw badRequest('error decoding YAML: the lab takes applied objects as JSON only')
  if (!query.get('fieldManager')) {
    throw invalid({ kind: 'PatchOptions', group: 'meta.k8s.io' }, '', [{ field: 'fieldManager', reason: 'FieldValueRequired', message: 'Required value: is required for apply patch' }])
  }
  const fields = stated(object)
  const settings = { ...options, operation: 'Apply', owned: fields }
  const old = store.peek(resource.plural, namespace, name)
  if (!old) return { code: 201, body: store.create(resource.plural, { ...object, metadata: { ...object.metadata, name, namespace } }, settings) }
  const entries = old.metadata.managedFields ?? []
  const mine = entries.find((e) => e.manager === options.manager && e.operation === 'Apply')
  const others = entries.filter((e) => e !== mine)
  const found = flag(query, 'force') ? [] : conflicts(old, object, fields, others)
  if (found.length) throw refusal(found)
  const next = structuredClone(old)
  for (const path of dropped(mine?.fieldsV1 ?? {}, fields, others)) prune(next, path)
  const { labels, annotations, finalizers, ownerReferences } = object.metadata ?? {}
  const { apiVersion, kind, metadata, status, ...rest } = object
  const patch = JSON.parse(JSON.stringify({ metadata: { labels, annotations, finalizers, ownerReferences }, ...rest }))
  return { body: store.update(resource.plural, applyPatch('strategic', next, patch), settings) }
}
