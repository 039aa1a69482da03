// Namespaces: what each has from the start, and how one ends.
import { resources } from './resources.mjs'

const MANAGER = { manager: 'kube-controller-manager' }
const kept = resources.filter((r) => r.stored && r.namespaced && !(r.plural === 'events' && r.group))

export class Namespaces {
  constructor({ store, authority }) {
    this.store = store
    this.authority = authority
    store.on('namespaces', ({ type, object }) => type === 'ADDED' && this.#furnish(object.metadata.name))
    for (const { metadata } of store.list('namespaces')) this.#furnish(metadata.name)
  }

  reconcile(name) {
    const namespace = this.store.peek('namespaces', undefined, name)
    if (!namespace?.metadata.deletionTimestamp) return
    let left = 0
    for (const { plural } of kept) {
      for (const { metadata } of this.store.list(plural, { namespace: name })) {
        if (!metadata.deletionTimestamp) this.store.remove(plural, name, metadata.name, { uid: metadata.uid })
        if (this.store.peek(plural, name, metadata.name)) left += 1
      }
    }
    if (left === 0) this.store.update('namespaces', { ...namespace, spec: { finalizers: [] } }, { subresource: 'finalize', ...MANAGER })
  }

  #furnish(name) {
    const namespace = this.store.peek('namespaces', undefined, name)
    if (!namespace || namespace.metadata.deletionTimestamp) return
    const make = (resource, object) => this.store.peek(resource, name, object.metadata.name) || this.store.create(resource, object, MANAGER)
    make('serviceaccounts', { metadata: { name: 'default', namespace: name } })
    make('configmaps', { metadata: { name: 'kube-root-ca.crt', namespace: name }, data: { 'ca.crt': this.authority } })
  }
}
