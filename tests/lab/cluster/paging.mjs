// Lists in pieces. A continue token names the state that the first piece showed; later pieces show that state too.
import { badRequest, expired, invalid } from './errors.mjs'
import { flag, integer } from './request.mjs'
import { parseLabelSelector } from './labelselector.mjs'
import { parseFieldSelector } from './selectors.mjs'

const TOO_OLD = 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'
const VERSION = 'meta.k8s.io/v1'

const refusedOption = (field, message) => invalid({ kind: 'ListOptions', group: 'meta.k8s.io' }, '', [{ field, reason: 'FieldValueForbidden', message: `Forbidden: ${message}` }])

// The selection that a request's query names.
export function restrict({ resource, query }, namespace) {
  return {
    namespace, labelSelector: parseLabelSelector(query.get('labelSelector')), fieldSelector: parseFieldSelector(query.get('fieldSelector'), resource),
  }
}

const token = (rv, start) => Buffer.from(JSON.stringify({ v: VERSION, rv, start: `${start}\0` })).toString('base64url')

function parse(text) {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (v === VERSION && Number.isInteger(rv) && start.endsWith('\0')) return { rv, start: start.slice(0, -1) }
  } catch {
    // told below
  }
  throw badRequest('invalid continue token: continue key is not valid')
}

const keyOf = (selection, { metadata: { namespace, name } }) => (selection.namespace || !namespace ? name : `${namespace}/${name}`)

// {items, metadata} of what QUERY's limit and continue leave of SELECTION.
export function page(store, resource, selection, query) {
  const limit = integer(query, 'limit') ?? 0
  const from = query.get('continue') ? parse(query.get('continue')) : undefined
  const state = stateOf(store, query, from)
  const all = store.listAt(resource.plural, state, selection)
  const start = from ? all.findIndex((o) => keyOf(selection, o) > from.start) : 0
  const rest = start < 0 ? [] : all.slice(start)
  if (limit <= 0 || rest.length <= limit) return { items: rest, metadata: { resourceVersion: `${state}` } }
  const items = rest.slice(0, limit)
  const selected = selection.labelSelector.length > 0 || selection.fieldSelector.length > 0
  return {
    items,
    metadata: {
      resourceVersion: `${state}`, continue: token(state, keyOf(selection, items.at(-1))),
      ...(selected ? {} : { remainingItemCount: rest.length - limit }),
    },
  }
}

// The resourceVersion whose state is to be shown.
function stateOf(store, query, from) {
  const now = Number(store.resourceVersion)
  if (from) {
    if (from.rv < Number(store.oldestVersion) && from.rv !== -1) {
      const error = expired(TOO_OLD)
      error.metadata = { continue: token(-1, from.start) }
      throw error
    }
    return from.rv === -1 ? now : from.rv
  }
  integer(query, 'timeoutSeconds')
  const text = query.get('resourceVersion') || '0'
  const match = query.get('resourceVersionMatch')
  if (match && !query.get('resourceVersion')) throw refusedOption('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided')
  if (!/^\d+$/.test(text)) throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)
  const asked = Number(text)
  if (asked > now) store.tooLarge(asked)
  if (match !== 'Exact' || flag(query, 'watch')) return now
  if (asked < Number(store.oldestVersion)) throw expired('The resourceVersion for the provided list is too old.')
  return asked
}
