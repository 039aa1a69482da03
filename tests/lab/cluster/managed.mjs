// metadata.managedFields: who set which fields, and when last. Lists that have a key are followed by element.
import { isDeepStrictEqual } from 'node:util'

// The lists of objects whose elements have an identity, with the members that make it.
export const listKeys = {
  containers: ['name'], initContainers: ['name'], ephemeralContainers: ['name'], env: ['name'], volumes: ['name'], imagePullSecrets: ['name'],
  volumeMounts: ['mountPath'], conditions: ['type'], ownerReferences: ['uid'], hostAliases: ['ip'], podIPs: ['ip'], hostIPs: ['ip'],
}
const PORTS = [['containerPort', 'protocol'], ['port', 'protocol']]

// The key of LIST, which is member FIELD of PARENT (a field's name; 'element' within a list), or undefined.
export function keyOf(field, list, parent) {
  const objects = list.length > 0 && list.every((e) => e && typeof e === 'object' && !Array.isArray(e))
  if (!objects) return undefined
  const ports = field === 'ports' && (parent === 'spec' || parent === 'element') ? PORTS.find(([first]) => list.every((e) => first in e)) : undefined
  const keys = ports ?? listKeys[field]
  return keys && list.every((e) => keys.some((k) => k in e)) ? keys : undefined
}

// Objects that belong to one manager as a whole.
const ATOMIC = [
  'selector', 'podSelector', 'namespaceSelector', 'labelSelector', 'nodeSelector', 'secretKeyRef', 'configMapKeyRef', 'fieldRef', 'resourceFieldRef',
  'targetRef', 'involvedObject', 'regarding', 'roleRef', 'ownerReference',
]
// Those that are always there, so that nobody adds them.
const ALWAYS = ['', 'metadata', 'spec', 'status', 'strategy', 'template', 'containers']

const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v)
const identity = (keys, element) => `k:${JSON.stringify(Object.fromEntries(keys.filter((k) => k in element).map((k) => [k, element[k]])))}`

// The fields of NOW that BEFORE has not, or has with another value, as a FieldsV1 tree; undefined when there are none.
function changed(field, before, now, parent) {
  if (now === null || isDeepStrictEqual(before, now)) return undefined
  if (ATOMIC.includes(field)) return {}
  const members = isObject(now) ? Object.entries(now).map(([k, v]) => [`f:${k}`, k, before?.[k], v]) : elements(field, before, now, parent)
  if (!members || members.length === 0) return {}
  const tree = before === undefined && !ALWAYS.includes(field) ? { '.': {} } : {}
  for (const [path, name, was, is] of members) {
    const below = changed(name, was, is, field)
    if (below) tree[path] = below
  }
  return tree
}

function elements(field, before, now, parent) {
  const keys = Array.isArray(now) && keyOf(field, now, parent)
  if (!keys) return undefined
  const same = (a) => (b) => identity(keys, a) === identity(keys, b)
  const name = field === 'ownerReferences' ? 'ownerReference' : 'element'
  return now.map((element) => [identity(keys, element), name, Array.isArray(before) ? before.find(same(element)) : undefined, element])
}

// The fields that OBJECT states, whoever else states them too: leaves, and elements of lists.
export const stated = (object) => plain(changed('', {}, tracked(object)) ?? {}, false)

function plain(tree, isElement) {
  const entries = Object.entries(tree).filter(([step]) => step !== '.' || isElement)
  return Object.fromEntries(entries.map(([step, below]) => [step, plain(below, step.startsWith('k:'))]))
}

const UNTRACKED = ['name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields', 'deletionTimestamp', 'deletionGracePeriodSeconds']

// What the server allots by itself belongs to nobody; what belongs to a subresource is not changed without it.
const ALLOTTED = ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy']

const leave = (object, names) => Object.fromEntries(Object.entries(object).filter(([k]) => !names.includes(k)))

function tracked({ apiVersion, kind, metadata, ...rest }, subresource) {
  const kept = leave(metadata ?? {}, UNTRACKED)
  const own = subresource === 'status' ? rest : leave(rest, ['status'])
  if (kind === 'Service' && own.spec) own.spec = leave(own.spec, own.spec.clusterIP === 'None' ? ALLOTTED : [...ALLOTTED, 'clusterIP'])
  return { ...(Object.keys(kept).length ? { metadata: kept } : {}), ...own }
}

function unite(a, b) {
  const both = { ...a }
  for (const [path, below] of Object.entries(b)) both[path] = both[path] ? unite(both[path], below) : below
  return both
}

// A without the leaves of B: who changes a field takes it over.
function without(a, b) {
  const rest = {}
  for (const [path, below] of Object.entries(a)) {
    if (!(path in b) || path === '.') rest[path] = below
    else if (Object.keys(b[path]).length > 0) {
      const left = without(below, b[path])
      if (Object.keys(left).length > 0) rest[path] = left
    }
  }
  return rest
}

const order = (e) => `${e.operation} ${e.time} ${e.manager} ${e.subresource ?? ''}`
const inOrder = (a, b) => (order(a) < order(b) ? -1 : 1)

// Whether MANAGER has applied just the fields OWNED to OBJECT.
export const isManager = ({ metadata: { managedFields = [] } }, manager, owned) =>
  managedFields.some((e) => e.manager === manager && e.operation === 'Apply' && isDeepStrictEqual(e.fieldsV1, owned))

// The managedFields after MANAGER changed BEFORE (undefined: created) into NOW at TIME. OWNED, where given, are all
// fields that are the manager's now; else those that changed come to those it had.
export function track(before, now, { manager, operation = 'Update', subresource, time, owned }) {
  const entries = before?.metadata.managedFields ?? []
  const tree = changed('', before ? tracked(before, subresource) : {}, tracked(now, subresource))
  if (!owned && (!tree || Object.keys(tree).length === 0)) return entries
  const mine = (e) => e.manager === manager && e.operation === operation && e.subresource === subresource && e.apiVersion === now.apiVersion
  const old = entries.find(mine)
  const others = entries.filter((e) => e !== old)
    .map((e) => ({ ...e, fieldsV1: without(e.fieldsV1, tree ?? {}) })).filter((e) => Object.keys(e.fieldsV1).length > 0)
  const entry = {
    apiVersion: now.apiVersion, fieldsType: 'FieldsV1', fieldsV1: owned ?? unite(old?.fieldsV1 ?? {}, tree), manager, operation,
    ...(subresource ? { subresource } : {}), time,
  }
  return [...others, entry].sort(inOrder)
}
