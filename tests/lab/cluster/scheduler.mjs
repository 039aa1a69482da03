// The scheduler of a cluster with one node: a pod fits by its nodeSelector, its claims and what it requests, or waits.
import { NODE_NAME } from './node.mjs'
import { quantity } from './quantity.mjs'
import { timestamp } from './store.mjs'

const MANAGER = { manager: 'kube-scheduler' }
const RESOURCES = ['cpu', 'memory', 'ephemeral-storage']
const over = (pod) => ['Failed', 'Succeeded'].includes(pod.status.phase)

const requested = (pod, resource) =>
  pod.spec.containers.reduce((total, c) => total + (quantity(c.resources?.requests?.[resource] ?? '0') || 0), 0)

function matches(labels, { key, operator, values = [] }) {
  const value = labels[key]
  switch (operator) {
    case 'In': return values.includes(value)
    case 'NotIn': return !values.includes(value)
    case 'Exists': return value !== undefined
    case 'DoesNotExist': return value === undefined
    default: return false
  }
}

function selects(spec, labels) {
  const plain = Object.entries(spec.nodeSelector ?? {}).every(([k, v]) => labels[k] === v)
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return plain && (!terms || terms.some((t) => (t.matchExpressions ?? []).every((e) => matches(labels, e))))
}

export class Scheduler {
  constructor({ store, events, later }) {
    Object.assign(this, { store, events, later })
  }

  reconcile(namespace) {
    for (const pod of this.store.list('pods', { namespace })) {
      if (!pod.spec.nodeName && !pod.metadata.deletionTimestamp && !over(pod)) this.#place(pod)
    }
  }

  #place(pod) {
    const { namespace, name } = pod.metadata
    const why = this.#obstacle(pod)
    if (why) {
      this.#wait(pod, why)
      this.later(namespace, 5000) // room may be made in another namespace
      return
    }
    const conditions = [{ lastProbeTime: null, lastTransitionTime: timestamp(), status: 'True', type: 'PodScheduled' }]
    this.store.update('pods', { ...pod, status: { ...pod.status, conditions } }, { subresource: 'status', ...MANAGER })
    const fresh = this.store.peek('pods', namespace, name)
    const bound = this.store.update('pods', { ...fresh, spec: { ...fresh.spec, nodeName: NODE_NAME } }, MANAGER)
    this.events.recordScheduling(bound, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${NODE_NAME}`, 'Binding')
  }

  #obstacle(pod) {
    const node = this.store.peek('nodes', undefined, NODE_NAME)
    if (!selects(pod.spec, node.metadata.labels)) {
      return '0/1 nodes are available: 1 node(s) didn\'t match Pod\'s node affinity/selector. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'
    }
    for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
      const claim = persistentVolumeClaim && this.store.peek('persistentvolumeclaims', pod.metadata.namespace, persistentVolumeClaim.claimName)
      const why = !claim ? `persistentvolumeclaim "${persistentVolumeClaim?.claimName}" not found` : 'pod has unbound immediate PersistentVolumeClaims'
      if (persistentVolumeClaim && claim?.status.phase !== 'Bound') return `0/1 nodes are available: ${why}. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.`
    }
    const placed = this.store.list('pods').filter((p) => p.spec.nodeName && !over(p))
    const lacking = RESOURCES.filter((r) => {
      const wanted = requested(pod, r)
      return wanted > 0 && placed.reduce((total, p) => total + requested(p, r), wanted) > quantity(node.status.allocatable[r])
    })
    if (lacking.length === 0) return null
    return `0/1 nodes are available: ${lacking.map((r) => `1 Insufficient ${r}`).join(', ')}. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.`
  }

  #wait(pod, message) {
    const said = pod.status.conditions?.find((c) => c.type === 'PodScheduled')
    if (said?.message === message) return
    const condition = { lastProbeTime: null, lastTransitionTime: timestamp(), message, reason: 'Unschedulable', status: 'False', type: 'PodScheduled' }
    this.store.update('pods', { ...pod, status: { ...pod.status, conditions: [condition] } }, { subresource: 'status', ...MANAGER })
    this.events.recordScheduling(pod, 'Warning', 'FailedScheduling', message, 'Scheduling')
  }
}
