// Deletion by ownership: what an owner leaves behind goes with it, waits for its dependents, or is set free.
import { resourceOfKind, resources } from './resources.mjs'

const OWNABLE = resources.filter((r) => r.stored && r.namespaced && r.group !== 'events.k8s.io').map((r) => r.plural)
const FOREGROUND = 'foregroundDeletion'
const MANAGER = { manager: 'kube-controller-manager' }

const owners = (object) => object.metadata.ownerReferences ?? []

// Starts collecting; returns what stops it.
export function collectGarbage(store) {
  function* dependents({ metadata: { uid, namespace } }) {
    for (const plural of OWNABLE) {
      for (const object of store.list(plural, { namespace })) if (owners(object).some((o) => o.uid === uid)) yield [plural, object]
    }
  }

  const gone = (reference, namespace) => {
    const resource = resourceOfKind(reference.apiVersion, reference.kind)
    return !resource || store.peek(resource.plural, resource.namespaced ? namespace : undefined, reference.name)?.metadata.uid !== reference.uid
  }

  const remove = (plural, { metadata: { namespace, name, uid } }, propagationPolicy) => {
    if (store.peek(plural, namespace, name)?.metadata.uid === uid) store.remove(plural, namespace, name, { propagationPolicy })
  }

  const release = (plural, { metadata: { namespace, name } }, finalizer) => {
    const held = store.peek(plural, namespace, name)
    if (!held?.metadata.finalizers?.includes(finalizer)) return
    held.metadata.finalizers = held.metadata.finalizers.filter((f) => f !== finalizer)
    store.update(plural, held, MANAGER)
  }

  const orphan = (owner) => {
    for (const [plural, object] of dependents(owner)) {
      object.metadata.ownerReferences = owners(object).filter((o) => o.uid !== owner.metadata.uid)
      if (object.metadata.ownerReferences.length === 0) delete object.metadata.ownerReferences
      store.update(plural, object, MANAGER)
    }
  }

  // An owner that waits for its dependents is looked at again when one of them goes.
  const foreground = (plural, owner) => {
    const left = [...dependents(owner)]
    for (const [of, object] of left) if (!object.metadata.deletionTimestamp) remove(of, object, 'Foreground')
    if (left.length === 0) release(plural, owner, FOREGROUND)
  }

  return store.on('*', ({ type, resource: plural, object }) => {
    if (plural === 'events' || plural === 'namespaces') return
    const { metadata } = object
    if (type === 'DELETED') {
      for (const [of, dependent] of dependents(object)) if (owners(dependent).every((o) => gone(o, metadata.namespace))) remove(of, dependent)
      for (const { apiVersion, kind, name } of owners(object)) {
        const resource = resourceOfKind(apiVersion, kind)
        const owner = resource && store.peek(resource.plural, metadata.namespace, name)
        if (owner?.metadata.finalizers?.includes(FOREGROUND)) foreground(resource.plural, owner)
      }
    } else if (metadata.deletionTimestamp && metadata.finalizers?.includes('orphan')) {
      orphan(object)
      release(plural, object, 'orphan')
    } else if (metadata.deletionTimestamp && metadata.finalizers?.includes(FOREGROUND)) foreground(plural, object)
    else if (type === 'ADDED' && owners(object).length && owners(object).every((o) => gone(o, metadata.namespace))) remove(plural, object)
  })
}

