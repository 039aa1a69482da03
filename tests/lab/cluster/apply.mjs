// Server-side apply: the fields that a manager states become its own; those it no longer states and nobody else owns
// go. A field that another manager owns with another value is a conflict, unless it is forced.
import { isDeepStrictEqual } from 'node:util'
import { ApiError, badRequest } from './errors.mjs'
import { keyOf } from './managed.mjs'
import { applyPatch } from './patch.mjs'
import { flag, parseJson } from './request.mjs'

const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v)

// The leaves that OBJECT states, as [path, value]; the elements of keyed lists go by their key.
function* leaves(value, path = [], field = '') {
  const keys = Array.isArray(value) ? keyOf(field, value) : undefined
  if (isObject(value) && Object.keys(value).length > 0) for (const [k, v] of Object.entries(value)) yield* leaves(v, [...path, `f:${k}`], k)
  else if (keys) for (const e of value) yield* leaves(e, [...path, `k:${JSON.stringify(Object.fromEntries(keys.filter((k) => k in e).map((k) => [k, e[k]])))}`])
  else yield [path, value]
}

function at(object, path) {
  let here = object
  for (const step of path) {
    if (here === undefined || here === null) return undefined
    if (step.startsWith('f:')) here = here[step.slice(2)]
    else {
      const wanted = Object.entries(JSON.parse(step.slice(2)))
      here = Array.isArray(here) ? here.find((e) => wanted.every(([k, v]) => e[k] === v)) : undefined
    }
  }
  return here
}

const owns = (tree, path) => path.every((step) => { tree = tree?.[step]; return tree !== undefined })
const shown = (path) => path.map((s) => (s.startsWith('f:') ? `.${s.slice(2)}` : `[${Object.entries(JSON.parse(s.slice(2))).map(([k, v]) => `${k}=${JSON.stringify(v)}`).join(',')}]`)).join('')

function conflicts(old, stated, manager) {
  const found = []
  for (const entry of old.metadata.managedFields ?? []) {
    if (entry.manager === manager) continue
    for (const [path, value] of leaves(stated)) {
      if (owns(entry.fieldsV1, path) && !isDeepStrictEqual(at(old, path), value)) found.push({ by: entry, field: shown(path) })
    }
  }
  return found
}

function refusal(found) {
  const whom = ({ by }) => `conflict with "${by.manager}"${by.operation === 'Apply' ? '' : ` using ${by.apiVersion}`}`
  const fields = found.map((f) => f.field)
  const message = found.length === 1
    ? `Apply failed with 1 conflict: ${whom(found[0])}: ${fields[0]}`
    : `Apply failed with ${found.length} conflicts: conflicts with "${found[0].by.manager}" using ${found[0].by.apiVersion}:\n${fields.map((f) => `- ${f}`).join('\n')}`
  return new ApiError(409, 'Conflict', message, { causes: found.map((f) => ({ reason: 'FieldManagerConflict', message: whom(f), field: f.field })) })
}

// TEXT must be JSON, which is YAML.
export function serverSideApply(store, asked, text, options) {
  const { resource, name, query } = asked
  const namespace = resource.namespaced ? asked.namespace : undefined
  const object = parseJson(text)
  if (!isObject(object)) throw badRequest('error decoding YAML: the lab takes applied objects as JSON only')
  if (!query.get('fieldManager')) throw badRequest('PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch')
  const settings = { ...options, operation: 'Apply' }
  const old = store.peek(resource.plural, namespace, name)
  if (!old) return { code: 201, body: store.create(resource.plural, { ...object, metadata: { ...object.metadata, name, namespace } }, settings) }
  const { apiVersion, kind, metadata = {}, ...rest } = object
  const { labels, annotations, finalizers, ownerReferences } = metadata
  const stated = JSON.parse(JSON.stringify({ metadata: { labels, annotations, finalizers, ownerReferences }, ...rest }))
  const found = flag(query, 'force') ? [] : conflicts(old, stated, options.manager)
  if (found.length) throw refusal(found)
  const next = applyPatch('strategic', structuredClone(old), stated)
  return { body: store.update(resource.plural, next, settings) }
}
