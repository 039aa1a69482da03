// The verbs on objects: get, list, create, update, patch, delete. Each takes what parseRequest found, the body, and
// who asks, and returns {code?, body, warnings?}.
import { presented } from './answer.mjs'
import { ApiError, badRequest, invalid } from './errors.mjs'
import { fromEventsGroup, toEventsGroup } from './events.mjs'
import { page, restrict } from './paging.mjs'
import { integer, parseJson } from './request.mjs'
import { apiVersionOf, resourceOfKind } from './resources.mjs'
import { applyPatch, patchTypes } from './patch.mjs'
import { checkFields } from './schema.mjs'
import { fromScale, toScale } from './scale.mjs'
import { serverSideApply } from './apply.mjs'
import { validate } from './validate.mjs'

const manager = ({ query }, headers) => query.get('fieldManager') || (headers['user-agent'] ?? 'unknown').split('/')[0]

const POLICIES = ['Foreground', 'Background', 'Orphan']
const OPTIONS = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' }

function dryRun({ query, verb }) {
  const asked = query.getAll('dryRun').filter(Boolean)
  if (asked.some((d) => d !== 'All')) {
    const list = `[]string{${asked.map((d) => JSON.stringify(d)).join(', ')}}`
    throw invalid({ kind: OPTIONS[verb], group: 'meta.k8s.io' }, '', [{ field: 'dryRun', reason: 'FieldValueNotSupported', message: `Unsupported value: ${list}: supported values: "All"` }])
  }
  return asked.length > 0
}

const inEventsGroup = ({ resource }) => resource.group === 'events.k8s.io'

export class Objects {
  constructor(store) {
    this.store = store
    store.admit('*', ({ operation, resource, object, old, subresource }) => {
      if (operation !== 'delete' && !subresource) validate(resource, object, old)
    })
  }

  get(asked) {
    const object = this.#stored(asked)
    return { body: asked.subresource === 'scale' ? toScale(object) : this.#shown(asked, object) }
  }

  list(asked) {
    const { resource, namespace, query } = asked
    const { items, metadata } = page(this.store, resource, restrict(asked, namespace), query)
    return { list: true, items: items.map((o) => this.#shown(asked, o)), metadata }
  }

  create(asked, text, headers) {
    const { resource, namespace } = asked
    const object = this.#object(asked, text, headers)
    if (namespace && resource.plural !== 'namespaces') object.metadata.namespace = this.#sameNamespace(object, namespace)
    if (!object.metadata.name && !object.metadata.generateName) {
      throw invalid(resource, '', [{ field: 'metadata.name', reason: 'FieldValueRequired', message: 'Required value: name or generateName is required' }])
    }
    const made = this.store.create(resource.plural, object, { manager: manager(asked, headers), dryRun: dryRun(asked) })
    return { code: 201, body: this.#shown(asked, made), warnings: asked.warnings }
  }

  update(asked, text, headers) {
    const object = asked.subresource === 'scale' ? this.#scaled(asked, parseJson(text)) : this.#object(asked, text, headers)
    const { resource, namespace, name } = asked
    if (object.metadata.name !== name) throw badRequest(`the name of the object (${object.metadata.name || ''}) does not match the name on the URL (${name})`)
    if (resource.namespaced) object.metadata.namespace = this.#sameNamespace(object, namespace)
    return this.#changed(asked, this.store.update(resource.plural, object, this.#options(asked, headers)))
  }

  patch(asked, text, headers) {
    const contentType = (headers['content-type'] ?? '').split(';')[0].trim()
    if (contentType === 'application/apply-patch+yaml') return serverSideApply(this.store, asked, text, this.#options(asked, headers))
    const type = patchTypes[contentType]
    if (!type) throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
    const body = parseJson(text)
    if (body === undefined) throw badRequest(`${type === 'strategic' ? '' : 'error decoding patch: '}unexpected end of JSON input`)
    const { resource, namespace, name, subresource } = asked
    if (subresource === 'scale') {
      const patched = applyPatch(type, toScale(this.#stored(asked)), body)
      return this.#changed(asked, this.store.update(resource.plural, this.#scaled(asked, patched), this.#options(asked, headers)))
    }
    const accept = (object) => this.#patched(asked, object)
    const changed = this.store.patch(resource.plural, resource.namespaced ? namespace : undefined, name, body, { type, accept, ...this.#options(asked, headers) })
    return this.#changed(asked, changed)
  }

  delete(asked, text) {
    const { resource, name } = asked
    const old = this.#stored(asked)
    const removed = this.store.remove(resource.plural, old.metadata.namespace, name, this.#deletion(asked, text))
    const pending = removed.metadata.deletionTimestamp && (removed.metadata.finalizers?.length || resource.plural === 'namespaces')
    if (pending || resource.returnsDeleted) return { body: this.#shown(asked, removed) }
    const { group, plural } = resource
    return {
      body: {
        kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success',
        details: { name, ...(group ? { group } : {}), kind: plural, uid: old.metadata.uid },
      },
    }
  }

  deletecollection(asked, text) {
    const { resource, namespace, query } = asked
    const options = this.#deletion(asked, text)
    const { items } = page(this.store, resource, restrict(asked, namespace), query)
    const removed = items.map((o) => this.store.remove(resource.plural, o.metadata.namespace, o.metadata.name, options))
    return { list: true, items: removed, metadata: { resourceVersion: this.store.resourceVersion } }
  }

  // A pod's eviction is its deletion.
  evict(asked, text) {
    const { namespace, name } = asked
    const { deleteOptions = {} } = parseJson(text) ?? {}
    this.store.remove('pods', namespace, name, deleteOptions)
    return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } }
  }

  #stored({ resource, namespace, name }) {
    return this.store.get(resource.plural, resource.namespaced ? namespace : undefined, name)
  }

  #shown(asked, object) {
    return inEventsGroup(asked) ? toEventsGroup(object) : object
  }

  #changed(asked, object) {
    return { body: asked.subresource === 'scale' ? toScale(object) : this.#shown(asked, object), warnings: asked.warnings }
  }

  #options(asked, headers) {
    const subresource = asked.subresource === 'scale' ? undefined : asked.subresource
    return { subresource, manager: manager(asked, headers), dryRun: dryRun(asked) }
  }

  #scaled(asked, scale) {
    const replicas = scale?.spec?.replicas
    if (replicas < 0) throw invalid({ kind: 'Scale', group: 'autoscaling' }, asked.name, [{ field: 'spec.replicas', reason: 'FieldValueInvalid', message: `Invalid value: ${replicas}: must be greater than or equal to 0` }])
    return fromScale(this.#stored(asked), scale)
  }

  // What a patch made is looked over like what a client sends; the refusal shows all of it.
  #patched(asked, object) {
    const shown = JSON.stringify(presented(object))
    const { wrong, unknown } = checkFields(asked.resource.plural, object)
    const strict = asked.query.get('fieldValidation') === 'Strict' && unknown.length ? `strict decoding error: ${unknown.join(', ')}` : undefined
    if (wrong ?? strict) throw invalid({ kind: '' }, '', [{ reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(shown)}: ${wrong ?? strict}`, field: 'patch' }])
    asked.warnings = asked.query.get('fieldValidation') === 'Ignore' ? [] : unknown
  }

  #sameNamespace(object, namespace) {
    const own = object.metadata.namespace
    if (own && own !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
    return namespace
  }

  #object(asked, text, headers) {
    const { resource, query } = asked
    const type = (headers['content-type'] ?? 'application/json').split(';')[0].trim()
    if (!['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'].includes(type)) {
      throw new ApiError(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf')
    }
    const object = parseJson(text)
    if (object === null || typeof object !== 'object' || Array.isArray(object)) {
      const why = Array.isArray(object) ? 'json: cannot unmarshal array' : 'unexpected end of JSON input'
      throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind}): couldn't get version/kind; json parse error: ${why} (${text.slice(0, 40) || '<empty>'})`)
    }
    const { kind = resource.kind, apiVersion = apiVersionOf(resource) } = object
    if (kind !== resource.kind || apiVersion !== apiVersionOf(resource)) {
      const [version, own] = [apiVersion.split('/').at(-1), resource.group || 'core']
      const why = resourceOfKind(apiVersion, kind)
        ? `converting (${version}.${kind}) to (${own.split('.')[0]}.${resource.kind}): unknown conversion`
        : `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:110"`
      throw badRequest(`${kind} in version "${version}" cannot be handled as a ${resource.kind}: ${why}`)
    }
    const complete = { ...object, kind, apiVersion, metadata: { ...object.metadata } }
    const handled = (why) => badRequest(`${kind} in version "${apiVersion.split('/').at(-1)}" cannot be handled as a ${kind}: ${why}`)
    const { wrong, unknown } = checkFields(resource.plural, complete)
    if (wrong) throw handled(wrong)
    if (unknown.length && query.get('fieldValidation') === 'Strict') throw handled(`strict decoding error: ${unknown.join(', ')}`)
    asked.warnings = query.get('fieldValidation') === 'Ignore' ? [] : unknown
    return inEventsGroup({ resource }) ? fromEventsGroup(complete) : complete
  }

  #deletion({ query }, text) {
    const body = text ? parseJson(text) : {}
    if (body === undefined || body === null) throw badRequest('unexpected end of JSON input')
    const grace = integer(query, 'gracePeriodSeconds') ?? body.gracePeriodSeconds
    const propagationPolicy = query.get('propagationPolicy') ?? body.propagationPolicy ?? (body.orphanDependents ? 'Orphan' : undefined)
    if (propagationPolicy && !POLICIES.includes(propagationPolicy)) {
      throw invalid({ kind: 'DeleteOptions', group: 'meta.k8s.io' }, '', [{
        field: 'propagationPolicy', reason: 'FieldValueNotSupported',
        message: `Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: ${[...POLICIES, 'nil'].map((p) => JSON.stringify(p)).join(', ')}`,
      }])
    }
    const { uid, resourceVersion } = body.preconditions ?? {}
    return {
      gracePeriodSeconds: grace === undefined || grace === null ? undefined : Number(grace), propagationPolicy, uid, resourceVersion,
      dryRun: query.getAll('dryRun').includes('All') || body.dryRun?.includes('All'),
    }
  }
}

