// The objects of the lab's cluster, with what an API server adds to them: uid, resourceVersion, generation,
// defaults, managedFields, graceful deletion; and the history that watches are served from.
//
// Everything is synchronous. What is handed out by create, get, list, update and patch is a copy that the caller may
// change; what listeners get is shared and frozen. RESOURCE is a plural name of resources.mjs ("pods").
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { admitPod, setDefaults, suffix } from './defaults.mjs'
import { ApiError, alreadyExists, badRequest, conflict, expired, forbidden, invalid, modified, notFound } from './errors.mjs'
import { isManager, track } from './managed.mjs'
import { applyPatch } from './patch.mjs'
import { apiVersionOf, resourceNamed, resources } from './resources.mjs'
import { matcher } from './selectors.mjs'
import { allocate } from './services.mjs'

const HISTORY = 5000 // changes that a watch can go back
const SYSTEM = ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'resourceVersion']

export const timestamp = (ms = Date.now()) => `${new Date(ms).toISOString().slice(0, 19)}Z`

function freeze(value) {
  if (value && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  return value
}

export class Store {
  #objects = new Map(resources.filter((r) => r.stored).map((r) => [r.plural, new Map()]))
  #version = 1000
  #oldest = 1000 // changes up to this one are forgotten
  #history = []
  #watchers = new Set()
  #listeners = []
  #admission = []
  #nextAddress = 0

  // The address of a new ClusterIP Service; the network of the lab sets its own.
  allocateClusterIP = () => `10.96.${++this.#nextAddress >> 8}.${this.#nextAddress & 255}`
  allocateNodePort = () => 30000 + (++this.#nextAddress % 2768)

  get resourceVersion() {
    return `${this.#version}`
  }

  // HOOK({operation, resource, object, old, subresource}) runs before each create, update and delete of a resource
  // ('*': all). It may change `object`, or throw an ApiError.
  admit(resource, hook) {
    this.#admission.push({ resource, hook })
  }

  // LISTENER({type, resource, object, old}) runs after each change, in order, not before the change's caller is done.
  on(resource, listener) {
    const entry = { resource, listener }
    this.#listeners.push(entry)
    return () => { this.#listeners = this.#listeners.filter((l) => l !== entry) }
  }

  get(resource, namespace, name) {
    return structuredClone(this.#find(resource, namespace, name))
  }

  // The object, or undefined.
  peek(resource, namespace, name) {
    return structuredClone(this.#objects.get(resource).get(key(namespace, name)))
  }

  // Sorted by namespace and name. Selectors are as in a query, or the terms that selectors.mjs makes of them.
  list(resource, { namespace, labelSelector, fieldSelector } = {}) {
    return select(resource, this.#objects.get(resource), { namespace, labelSelector, fieldSelector })
  }

  // As list, of the state that resourceVersion VERSION was; it must not be older than oldestVersion.
  listAt(resource, version, { namespace, labelSelector, fieldSelector } = {}) {
    const then = new Map(this.#objects.get(resource))
    for (const change of [...this.#history].reverse()) {
      if (change.version <= version) break
      if (change.resource !== resource) continue
      const place = key(change.object.metadata.namespace, change.object.metadata.name)
      if (change.old) then.set(place, change.old)
      else then.delete(place)
    }
    return select(resource, then, { namespace, labelSelector, fieldSelector })
  }

  create(resource, object, { manager = 'lab', operation, owned, dryRun = false } = {}) {
    const known = resourceNamed(resource)
    const made = structuredClone(object)
    made.apiVersion ??= apiVersionOf(known)
    made.kind ??= known.kind
    const { metadata } = made
    if (!metadata.name && metadata.generateName) metadata.name = `${metadata.generateName}${suffix()}`
    this.#checkNamespace(known, metadata)
    if (this.#objects.get(resource).has(key(metadata.namespace, metadata.name))) throw alreadyExists(known, metadata.name)
    delete metadata.deletionTimestamp
    delete metadata.managedFields
    Object.assign(metadata, { uid: randomUUID(), creationTimestamp: timestamp() })
    if (known.generation) metadata.generation = 1
    setDefaults(resource, made)
    const asked = structuredClone(made) // what comes from here on is the server's
    if (resource === 'pods' && made.spec) admitPod(made)
    this.#admitting({ operation: 'create', resource, object: made })
    if (resource === 'services') allocate(made, undefined, this)
    metadata.managedFields = track(undefined, asked, { manager, operation, owned, time: timestamp() })
    if (!dryRun) this.#commit('ADDED', resource, made)
    return structuredClone(made)
  }

  // OBJECT replaces what is stored. With subresource 'status' only its status counts, without one its status does not.
  update(resource, object, { subresource, expectResourceVersion, dryRun = false, manager = 'lab', operation, owned } = {}) {
    const known = resourceNamed(resource)
    const { name, namespace, uid, resourceVersion } = object.metadata
    const old = this.#find(resource, namespace, name)
    const expected = expectResourceVersion ?? resourceVersion
    if (uid && uid !== old.metadata.uid) throw conflict(known, name, `StorageError: invalid object, Code: 4, Key: /registry/${resource}/${namespace ? `${namespace}/` : ''}${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`)
    if (expected && expected !== old.metadata.resourceVersion) throw modified(known, name)
    const next = merged(known, old, structuredClone(object), subresource)
    if (resource === 'services') allocate(next, old, this)
    this.#admitting({ operation: 'update', resource, object: next, old, subresource })
    if (known.generation && subresource !== 'status' && !isDeepStrictEqual(content(next), content(old))) next.metadata.generation = old.metadata.generation + 1
    next.metadata.managedFields = old.metadata.managedFields
    if (isDeepStrictEqual(next, old) && (!owned || isManager(old, manager, owned))) return structuredClone(old)
    next.metadata.managedFields = track(old, next, { manager, operation, subresource, owned, time: timestamp() })
    if (!dryRun) {
      if (finished(resource, next)) this.#commit('DELETED', resource, next, old)
      else this.#commit('MODIFIED', resource, next, old)
    }
    return structuredClone(next)
  }

  // TYPE is 'json', 'merge' or 'strategic'; ACCEPT, where given, looks at the result before it counts.
  patch(resource, namespace, name, body, { type = 'merge', accept, ...options } = {}) {
    const known = resourceNamed(resource)
    const old = this.#find(resource, namespace, name)
    const next = applyPatch(type, structuredClone(old), body)
    accept?.(next)
    if (next.metadata?.name !== name) throw badRequest(`the name of the object (${next.metadata?.name ?? ''}) does not match the name on the URL (${name})`)
    if (next.metadata.namespace !== old.metadata.namespace) throw badRequest('the namespace of the object does not match the namespace on the URL')
    if (next.metadata.resourceVersion !== old.metadata.resourceVersion && next.metadata.resourceVersion) throw modified(known, name)
    if (next.metadata.uid !== old.metadata.uid) {
      throw invalid(known, name, [{ field: 'metadata.uid', reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(next.metadata.uid)}: field is immutable` }])
    }
    return this.update(resource, { ...next, metadata: { ...next.metadata, resourceVersion: undefined } }, options)
  }

  // What is left to do before the object goes (grace, finalizers) is marked by deletionTimestamp. Who ends a pod's
  // processes calls this again with gracePeriodSeconds 0.
  remove(resource, namespace, name, { gracePeriodSeconds, uid, resourceVersion, propagationPolicy, dryRun = false } = {}) {
    const known = resourceNamed(resource)
    const old = this.#find(resource, namespace, name)
    for (const [what, wanted, is] of [['UID', uid, old.metadata.uid], ['ResourceVersion', resourceVersion, old.metadata.resourceVersion]]) {
      if (wanted && wanted !== is) throw conflict({ ...known, plural: known.kind }, name, `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${is}). The object might have been ${what === 'UID' ? 'deleted and then recreated' : 'modified'}`)
    }
    this.#admitting({ operation: 'delete', resource, object: structuredClone(old), old })
    const next = structuredClone(old)
    const grace = graceOf(resource, old, gracePeriodSeconds)
    mark(next, resource, grace, propagationPolicy)
    if (known.generation && next.metadata.deletionTimestamp !== old.metadata.deletionTimestamp) next.metadata.generation = old.metadata.generation + 1
    if (dryRun) return next
    if (finished(resource, next)) this.#commit('DELETED', resource, resource === 'pods' ? next : structuredClone(old), old)
    else if (!isDeepStrictEqual(next, old)) this.#commit('MODIFIED', resource, next, old)
    return structuredClone(finished(resource, next) && resource !== 'pods' ? old : next)
  }

  // LISTENER({type, object}) gets what follows RESOURCEVERSION; without one, or for "0", the present objects first.
  // Selectors make ADDED and DELETED of changes that enter or leave the selection. Returns what stops it.
  watch(resource, { namespace, resourceVersion, labelSelector, fieldSelector } = {}, listener) {
    const matches = matcher(resourceNamed(resource), { labelSelector, fieldSelector })
    const wanted = (o) => o && (!namespace || o.metadata.namespace === namespace) && matches(o)
    const deliver = ({ type, object, old }) => {
      const [was, is] = [wanted(old), type !== 'DELETED' && wanted(object)]
      if (type === 'DELETED' ? wanted(old ?? object) : was && !is) listener({ type: 'DELETED', object })
      else if (is) listener({ type: was ? 'MODIFIED' : 'ADDED', object })
    }
    if (resourceVersion && resourceVersion !== '0') this.#replay(resource, Number(resourceVersion), deliver)
    else for (const object of this.list(resource, { namespace, labelSelector, fieldSelector })) listener({ type: 'ADDED', object })
    const watcher = { resource, deliver }
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  // Forgets the history: watches from before now get 410 Gone.
  compact() {
    this.#history = []
    this.#oldest = this.#version
  }

  get oldestVersion() {
    return `${this.#oldest}`
  }

  tooLarge(version) {
    throw new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${version}, current: ${this.#version}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1,
    })
  }

  #replay(resource, from, deliver) {
    if (from < this.#oldest) throw expired(`too old resource version: ${from} (${this.#oldest})`)
    for (const change of this.#history) if (change.resource === resource && change.version > from) deliver(change)
  }

  #find(resource, namespace, name) {
    const found = this.#objects.get(resource)?.get(key(namespace, name))
    if (!found) throw notFound(resourceNamed(resource), name)
    return found
  }

  #checkNamespace(known, metadata) {
    if (!known.namespaced) {
      delete metadata.namespace
      return
    }
    const namespace = this.#find('namespaces', undefined, metadata.namespace)
    if (namespace.metadata.deletionTimestamp) {
      throw forbidden(known, metadata.name, `unable to create new content in namespace ${metadata.namespace} because it is being terminated`, {
        causes: [{ reason: 'NamespaceTerminating', message: `namespace ${metadata.namespace} is being terminated`, field: 'metadata.namespace' }],
      })
    }
  }

  #admitting(review) {
    for (const { resource, hook } of this.#admission) if (resource === '*' || resource === review.resource) hook(review)
  }

  #commit(type, resource, object, old) {
    const version = ++this.#version
    object.metadata.resourceVersion = `${version}`
    freeze(object)
    const { namespace, name } = object.metadata
    if (type === 'DELETED') this.#objects.get(resource).delete(key(namespace, name))
    else this.#objects.get(resource).set(key(namespace, name), object)
    const change = { type, resource, object, old, version }
    this.#history.push(change)
    if (this.#history.length > HISTORY) this.#oldest = this.#history.shift().version
    for (const watcher of [...this.#watchers]) if (watcher.resource === resource) watcher.deliver(change)
    setImmediate(() => {
      for (const l of this.#listeners) if (l.resource === '*' || l.resource === resource) l.listener({ type, resource, object, old })
    })
  }
}

function select(resource, objects, { namespace, labelSelector, fieldSelector }) {
  const matches = matcher(resourceNamed(resource), { labelSelector, fieldSelector })
  return [...objects].filter(([, o]) => (!namespace || o.metadata.namespace === namespace) && matches(o))
    .sort(([a], [b]) => (a < b ? -1 : 1)).map(([, o]) => structuredClone(o))
}

const key = (namespace, name) => `${namespace ?? ''}/${name}`

// What metadata.generation counts the changes of. Where a pod runs is not its wish; a Deployment's annotations count.
function content({ kind, metadata, spec, ...rest }) {
  if (kind === 'Deployment') return { spec, annotations: metadata.annotations ?? {} }
  if (kind === 'Pod') return { ...spec, nodeName: undefined }
  return spec ?? rest
}

// What of NEXT may replace OLD: the server's own fields stay.
function merged(known, old, next, subresource) {
  if (subresource === 'status') next = { ...structuredClone(old), status: next.status, metadata: { ...structuredClone(old.metadata), ...pick(next.metadata, ['annotations', 'labels', 'finalizers']) } }
  else if (known.subresources.status && subresource !== 'finalize') {
    if (old.status === undefined) delete next.status
    else next.status = structuredClone(old.status)
  }
  next.apiVersion = old.apiVersion
  next.kind = old.kind
  for (const field of SYSTEM) {
    if (old.metadata[field] === undefined) delete next.metadata[field]
    else next.metadata[field] = old.metadata[field]
  }
  if (subresource !== 'status') setDefaults(known.plural, next)
  return JSON.parse(JSON.stringify(next)) // members without a value are no members
}

const pick = (from, names) => Object.fromEntries(names.filter((n) => n in from).map((n) => [n, from[n]]))

function graceOf(resource, object, asked) {
  if (resource !== 'pods') return 0
  if (!object.spec.nodeName || ['Failed', 'Succeeded'].includes(object.status?.phase)) return 0
  return asked ?? object.spec.terminationGracePeriodSeconds ?? 30
}

function mark(object, resource, grace, propagationPolicy) {
  const { metadata } = object
  const finalizer = { Foreground: 'foregroundDeletion', Orphan: 'orphan' }[propagationPolicy]
  if (finalizer && !metadata.finalizers?.includes(finalizer)) metadata.finalizers = [...(metadata.finalizers ?? []), finalizer]
  const sooner = metadata.deletionTimestamp && grace < metadata.deletionGracePeriodSeconds
  if (!metadata.deletionTimestamp || sooner) {
    metadata.deletionTimestamp = timestamp(Date.now() + grace * 1000)
    if (resource !== 'namespaces') metadata.deletionGracePeriodSeconds = grace
  }
  if (resource === 'namespaces') object.status = { ...object.status, phase: 'Terminating' }
}

// A marked object goes when nobody holds it any more.
function finished(resource, { metadata, spec }) {
  if (!metadata.deletionTimestamp || metadata.finalizers?.length) return false
  if (resource === 'namespaces') return !spec.finalizers?.length
  return metadata.deletionGracePeriodSeconds === 0
}
