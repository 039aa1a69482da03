// The scale subresource: how many, and which pods, without the rest of a workload.
import { termsOf } from './selectors.mjs'

const WORDS = { In: 'in', NotIn: 'notin' }

// A selector as `app=cart,tier in (a,b)`.
export function selectorText(selector) {
  return termsOf(selector).sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, operator, values }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    if (operator === 'In' && values.length === 1) return `${key}=${values[0]}`
    return `${key} ${WORDS[operator]} (${[...values].sort().join(',')})`
  }).join(',')
}

export function toScale({ metadata: { name, namespace, uid, resourceVersion, creationTimestamp }, spec, status }) {
  return {
    kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: spec.replicas ? { replicas: spec.replicas } : {},
    status: { replicas: status?.replicas ?? 0, selector: selectorText(spec.selector.matchLabels || spec.selector.matchExpressions ? spec.selector : { matchLabels: spec.selector }) },
  }
}

// OBJECT with the replicas of SCALE, and its resourceVersion as the state it was decided on.
export function fromScale(object, { metadata = {}, spec = {} }) {
  return {
    ...object, metadata: { ...object.metadata, resourceVersion: metadata.resourceVersion }, spec: { ...object.spec, replicas: spec.replicas ?? 0 },
  }
}
