// Watches: one JSON document a line, until the client goes or the time is up.
import { presented, stream } from './answer.mjs'
import { ApiError, invalid } from './errors.mjs'
import { toEventsGroup } from './events.mjs'
import { restrict } from './paging.mjs'
import { flag, integer } from './request.mjs'
import { apiVersionOf } from './resources.mjs'
import { table } from './table.mjs'

const LONGEST = 30 * 60 // seconds, where the client names no time

const forms = {
  json: ({ resource }) => (object) => presented(resource.group === 'events.k8s.io' ? toEventsGroup(object) : object),
  metadata: () => ({ metadata }) => presented({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }),
  table: ({ resource, query }) => {
    let first = true
    return (object, type) => {
      const rows = type === 'BOOKMARK' ? [] : [object]
      const shown = table(resource, rows, { resourceVersion: object.metadata.resourceVersion }, query.get('includeObject'))
      if (!first) shown.columnDefinitions = null
      first = false
      return shown
    }
  },
}

// OPTIONS: bookmarkSeconds between bookmarks, for a client that wants them.
export function watch(store, asked, form, response, { bookmarkSeconds = 60 } = {}) {
  const { resource, namespace, query, name } = asked
  const selection = restrict(asked, namespace)
  if (name) selection.fieldSelector.push({ field: 'metadata.name', equal: true, value: name })
  if (query.has('sendInitialEvents')) {
    const mistake = (field, why) => ({ field, reason: 'FieldValueForbidden', message: `Forbidden: ${why}` })
    throw invalid({ kind: 'ListOptions', group: 'meta.k8s.io' }, '', [
      ...(query.get('resourceVersionMatch') === 'NotOlderThan' ? [] : [mistake('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')]),
      mistake('sendInitialEvents', 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled'),
    ])
  }
  const resourceVersion = query.get('resourceVersion') ?? undefined
  if (resourceVersion && !/^\d+$/.test(resourceVersion)) {
    throw new ApiError(500, '', `resourceVersion: Invalid value: ${JSON.stringify(resourceVersion)}: strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`)
  }
  const show = forms[form](asked)
  const write = (type, object) => response.write(`${JSON.stringify({ type, object })}\n`)
  stream(response)
  const seconds = integer(query, 'timeoutSeconds') || LONGEST
  let stop = () => {}
  try {
    stop = store.watch(resource.plural, { ...selection, resourceVersion }, ({ type, object }) => write(type, show(object, type)))
  } catch (error) {
    // A state that is forgotten is told inside an answer of status 200.
    write('ERROR', error.status())
    response.end()
    return
  }
  const bookmark = () => {
    const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata: { resourceVersion: store.resourceVersion, creationTimestamp: null } }
    write('BOOKMARK', show(object, 'BOOKMARK'))
  }
  const bookmarks = flag(query, 'allowWatchBookmarks') ? setInterval(bookmark, bookmarkSeconds * 1000) : undefined
  const end = setTimeout(() => response.end(), seconds * 1000)
  response.on('close', () => {
    stop()
    clearInterval(bookmarks)
    clearTimeout(end)
  })
}

