// StatefulSets: pods with names that stay, made one after the other, each when those before it are ready. A template
// that was changed replaces them from the last to the first. Volume claims of their own they do not get.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { isReady } from './replicasets.mjs'

const AUTHOR = { component: 'statefulset-controller' }
const MANAGER = { manager: 'kube-controller-manager' }
const REVISION = 'controller-revision-hash'

const revisionOf = (set) =>
  `${set.metadata.name}-${createHash('sha256').update(JSON.stringify(set.spec.template)).digest('hex').slice(0, 10)}`
const ordinalOf = (pod) => Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf('-') + 1))
const hasEnded = (pod) => ['Failed', 'Succeeded'].includes(pod.status.phase)

export class StatefulSets {
  constructor({ store, events }) {
    Object.assign(this, { store, events })
  }

  reconcile(namespace) {
    for (const set of this.store.list('statefulsets', { namespace })) {
      if (set.metadata.deletionTimestamp) continue
      this.#adjust(set, this.#podsOf(set))
      this.#status(set, this.#podsOf(set))
    }
  }

  #podsOf(set) {
    return this.store.list('pods', { namespace: set.metadata.namespace })
      .filter((p) => p.metadata.ownerReferences?.some((o) => o.uid === set.metadata.uid))
      .sort((a, b) => ordinalOf(a) - ordinalOf(b))
  }

  // One step: whatever changes next brings the next one.
  #adjust(set, pods) {
    const superfluous = pods.filter((p) => ordinalOf(p) >= set.spec.replicas || hasEnded(p)).at(-1)
    if (superfluous) {
      this.#remove(set, superfluous)
      return
    }
    const parallel = set.spec.podManagementPolicy === 'Parallel'
    for (let i = 0; i < set.spec.replicas; i += 1) {
      const pod = pods.find((p) => ordinalOf(p) === i)
      if (!pod && !this.#make(set, i)) return
      if (!parallel && (!pod || pod.metadata.deletionTimestamp || !isReady(pod))) return
    }
    if (set.spec.updateStrategy?.type === 'OnDelete' || !pods.every(isReady)) return
    const outdated = pods.filter((p) => p.metadata.labels[REVISION] !== revisionOf(set)).at(-1)
    if (outdated) this.#remove(set, outdated)
  }

  #remove(set, pod) {
    if (pod.metadata.deletionTimestamp) return
    this.store.remove('pods', set.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid })
    this.events.record({ object: set }, 'Normal', 'SuccessfulDelete', `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`, AUTHOR)
  }

  #make(set, ordinal) {
    const { name, namespace, uid } = set.metadata
    const { metadata, spec } = set.spec.template
    const pod = `${name}-${ordinal}`
    try {
      this.store.create('pods', {
        metadata: {
          name: pod, generateName: `${name}-`, namespace,
          labels: { ...metadata.labels, 'apps.kubernetes.io/pod-index': `${ordinal}`, [REVISION]: revisionOf(set), 'statefulset.kubernetes.io/pod-name': pod },
          ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
          ownerReferences: [{ apiVersion: 'apps/v1', blockOwnerDeletion: true, controller: true, kind: 'StatefulSet', name, uid }],
        },
        spec: { ...spec, hostname: pod, subdomain: set.spec.serviceName },
      }, MANAGER)
      this.events.record({ object: set }, 'Normal', 'SuccessfulCreate', `create Pod ${pod} in StatefulSet ${name} successful`, AUTHOR)
      return true
    } catch (error) {
      if (!error.code) throw error
      this.events.record({ object: set }, 'Warning', 'FailedCreate', `create Pod ${pod} in StatefulSet ${name} failed error: ${error.message}`, AUTHOR)
      return false
    }
  }

  #status(set, pods) {
    const active = pods.filter((p) => !p.metadata.deletionTimestamp && !hasEnded(p))
    const revision = revisionOf(set)
    const current = active.filter((p) => p.metadata.labels[REVISION] === revision).length
    const ready = active.filter(isReady).length
    const status = {
      observedGeneration: set.metadata.generation, replicas: active.length, availableReplicas: ready, collisionCount: 0,
      currentRevision: revision, updateRevision: revision,
    }
    if (ready) status.readyReplicas = ready
    if (current) Object.assign(status, { currentReplicas: current, updatedReplicas: current })
    if (isDeepStrictEqual(status, set.status ?? {})) return
    this.store.update('statefulsets', { ...this.store.peek('statefulsets', set.metadata.namespace, set.metadata.name), status }, { subresource: 'status', ...MANAGER })
  }
}
