// ReplicaSets: as many pods as are wanted, and how many of them are ready.
import { isDeepStrictEqual } from 'node:util'
import { timestamp } from './store.mjs'

const AUTHOR = { component: 'replicaset-controller' }
const MANAGER = { manager: 'kube-controller-manager' }
const FIRST_RETRY = 500 // milliseconds
const LAST_RETRY = 20000

export const isReady = (pod) => pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false

export class ReplicaSets {
  #retries = new Map() // uid → {at, wait}: a set whose pods are refused
  constructor({ store, events, later }) {
    Object.assign(this, { store, events, later })
  }

  reconcile(namespace) {
    const pods = this.store.list('pods', { namespace })
    for (const set of this.store.list('replicasets', { namespace })) {
      if (!set.metadata.deletionTimestamp) this.#sync(set, pods.filter((p) => p.metadata.ownerReferences?.some((o) => o.uid === set.metadata.uid)))
    }
  }

  #sync(set, pods) {
    const active = pods.filter((p) => !p.metadata.deletionTimestamp && !['Failed', 'Succeeded'].includes(p.status.phase))
    const failure = this.#adjust(set, active)
    const now = this.store.list('pods', { namespace: set.metadata.namespace }).filter((p) =>
      p.metadata.ownerReferences?.some((o) => o.uid === set.metadata.uid) && !p.metadata.deletionTimestamp && !['Failed', 'Succeeded'].includes(p.status.phase))
    this.#status(set, now, failure)
  }

  // Makes or removes pods. Returns why they cannot be made, undefined when nothing was tried, null when all is well.
  #adjust(set, active) {
    const { name, namespace, uid } = set.metadata
    const lack = set.spec.replicas - active.length
    if (lack < 0) {
      active.sort((a, b) => isReady(a) - isReady(b) || (a.metadata.creationTimestamp > b.metadata.creationTimestamp ? -1 : 1))
      for (const pod of active.slice(0, -lack)) {
        this.store.remove('pods', namespace, pod.metadata.name, { uid: pod.metadata.uid })
        this.events.record({ object: set }, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`, AUTHOR)
      }
    }
    if (lack <= 0) {
      this.#retries.delete(uid)
      return null
    }
    const retry = this.#retries.get(uid)
    if (retry && retry.at > Date.now()) return undefined
    for (let i = 0; i < lack; i += 1) {
      try {
        const pod = this.store.create('pods', this.#pod(set), MANAGER)
        this.events.record({ object: set }, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`, AUTHOR)
      } catch (error) {
        if (!error.code) throw error
        if (error.code === 404 || error.details?.causes?.[0]?.reason === 'NamespaceTerminating') return undefined
        this.events.record({ object: set }, 'Warning', 'FailedCreate', `Error creating: ${error.message}`, AUTHOR)
        const wait = Math.min(retry ? retry.wait * 2 : FIRST_RETRY, LAST_RETRY)
        this.#retries.set(uid, { at: Date.now() + wait, wait })
        this.later(namespace, wait + 10)
        return error.message
      }
    }
    this.#retries.delete(uid)
    return null

  }

  #pod(set) {
    const { metadata, spec } = set.spec.template
    return {
      metadata: {
        generateName: `${set.metadata.name}-`, namespace: set.metadata.namespace, labels: metadata.labels,
        ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
        ownerReferences: [{ apiVersion: 'apps/v1', blockOwnerDeletion: true, controller: true, kind: 'ReplicaSet', name: set.metadata.name, uid: set.metadata.uid }],
      },
      spec,
    }
  }

  #status(set, pods, failure) {
    const old = set.status ?? {}
    const ready = pods.filter(isReady)
    const least = (set.spec.minReadySeconds ?? 0) * 1000
    const able = ready.filter((p) => {
      if (!least) return true
      const left = Date.parse(p.status.conditions.find((c) => c.type === 'Ready').lastTransitionTime) + least - Date.now()
      if (left > 0) this.later(set.metadata.namespace, left + 10)
      return left <= 0
    })
    const status = { observedGeneration: set.metadata.generation, replicas: pods.length }
    if (pods.length) status.fullyLabeledReplicas = pods.length
    if (ready.length) status.readyReplicas = ready.length
    if (able.length) status.availableReplicas = able.length
    const was = old.conditions?.find((c) => c.type === 'ReplicaFailure')
    if (failure) {
      status.conditions = [{ lastTransitionTime: was?.lastTransitionTime ?? timestamp(), message: failure, reason: 'FailedCreate', status: 'True', type: 'ReplicaFailure' }]
    } else if (failure === undefined && was) status.conditions = [was]
    if (isDeepStrictEqual(status, old)) return
    const stored = this.store.peek('replicasets', set.metadata.namespace, set.metadata.name)
    if (stored?.metadata.uid === set.metadata.uid) this.store.update('replicasets', { ...stored, status }, { subresource: 'status', ...MANAGER })
  }
}
