// Objects as the Table that `kubectl get` asks for.
import { columnsOf } from './columns.mjs'

// The rows of ITEMS with METADATA of the list; INCLUDE is the query's includeObject.
export function table(resource, items, { resourceVersion, ...metadata }, include) {
  const columns = columnsOf(resource)
  return {
    kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion, ...metadata },
    columnDefinitions: columns.map(({ name, type, format, description, priority }) => ({ name, type, format, description, priority })),
    rows: items.map((object) => ({ cells: columns.map((c) => c.cell(object)), object: included(object, include) })),
  }
}

function included(object, include = 'Metadata') {
  if (include === 'None') return null
  if (include === 'Object') return object
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
}
