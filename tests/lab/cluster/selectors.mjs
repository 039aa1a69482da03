// Label and field selectors, as they stand in a query and as objects hold them.
import { badRequest } from './errors.mjs'
import { parseLabelSelector } from './labelselector.mjs'

// The matchLabels and matchExpressions of an object, as the terms above.
export const termsOf = (selector) => [
  ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
  ...(selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => ({ key, operator, values })),
]

const holds = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
}

export const matchesTerms = (labels, terms) => terms.every(({ key, operator, values }) => holds[operator](labels?.[key], values))

// SELECTOR of a Deployment or ReplicaSet against LABELS; without a term it selects nothing.
export function selects(selector, labels) {
  const terms = termsOf(selector)
  return terms.length > 0 && matchesTerms(labels, terms)
}

// The fields that can be selected by besides metadata.name and metadata.namespace, each with how it is read.
const FIELDS = {
  pods: {
    'spec.nodeName': (o) => o.spec?.nodeName, 'spec.restartPolicy': (o) => o.spec?.restartPolicy,
    'spec.schedulerName': (o) => o.spec?.schedulerName, 'spec.serviceAccountName': (o) => o.spec?.serviceAccountName,
    'spec.hostNetwork': (o) => `${o.spec?.hostNetwork ?? false}`, 'status.phase': (o) => o.status?.phase,
    'status.podIP': (o) => o.status?.podIP, 'status.podIPs': (o) => o.status?.podIP, 'status.nominatedNodeName': (o) => o.status?.nominatedNodeName,
  },
  events: {
    ...Object.fromEntries(['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((f) => [`involvedObject.${f}`, (o) => o.involvedObject?.[f]])),
    reason: (o) => o.reason, type: (o) => o.type, source: (o) => o.source?.component || o.reportingComponent, reportingComponent: (o) => o.reportingComponent,
  },
  namespaces: { 'status.phase': (o) => o.status?.phase },
  nodes: { 'spec.unschedulable': (o) => `${o.spec?.unschedulable ?? false}` },
  secrets: { type: (o) => o.type },
  services: { 'spec.clusterIP': (o) => o.spec?.clusterIP, 'spec.type': (o) => o.spec?.type },
  replicasets: { 'status.replicas': (o) => `${o.status?.replicas ?? 0}` },
  jobs: { 'status.successful': (o) => `${o.status?.succeeded ?? 0}` },
}

// "metadata.name=x,status.phase!=Running" → [{field, equal, value}]
export function parseFieldSelector(text, resource) {
  return (text ?? '').split(',').filter((term) => term.trim()).map((term) => {
    const parts = /^\s*([^=!\s]+)\s*(==|!=|=)\s*(.*?)\s*$/.exec(term)
    if (!parts) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`)
    const [, field, operator, value] = parts
    const known = field === 'metadata.name' || (field === 'metadata.namespace' && resource.namespaced) || FIELDS[resource.plural]?.[field]
    if (!known) throw badRequest(`field label not supported: ${field}`)
    return { field, equal: operator !== '!=', value }
  })
}

export const matchesFields = (resource, object, terms) => terms.every(({ field, equal, value }) => {
  const read = FIELDS[resource.plural]?.[field]
  const found = read ? read(object) : object.metadata[field.slice('metadata.'.length)]
  return ((found ?? '') === value) === equal
})

// One predicate from both selectors; either may be text, terms or absent.
export function matcher(resource, { labelSelector, fieldSelector } = {}) {
  const labels = typeof labelSelector === 'string' ? parseLabelSelector(labelSelector) : (labelSelector ?? [])
  const fields = typeof fieldSelector === 'string' ? parseFieldSelector(fieldSelector, resource) : (fieldSelector ?? [])
  return (object) => matchesTerms(object.metadata.labels, labels) && matchesFields(resource, object, fields)
}
