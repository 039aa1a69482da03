// Everything that follows from the objects without anybody asking. A change in a namespace has all its controllers
// look at it again; what they write is a change too, until there is nothing more to do.
import { Admission } from './admission.mjs'
import { Claims } from './claims.mjs'
import { Deployments } from './deployments.mjs'
import { EndpointSlices } from './endpointslices.mjs'
import { Namespaces } from './namespaces.mjs'
import { DNS_ADDRESS } from './network.mjs'
import { Policies } from './policies.mjs'
import { ReplicaSets } from './replicasets.mjs'
import { Scheduler } from './scheduler.mjs'
import { StatefulSets } from './statefulsets.mjs'

const LOOKED_AT = new Set(['deployments', 'replicasets', 'statefulsets', 'pods', 'services', 'endpointslices', 'resourcequotas', 'namespaces', 'networkpolicies', 'serviceaccounts', 'persistentvolumeclaims', 'persistentvolumes'])
const placeOf = {
  namespaces: ({ metadata }) => metadata.name,
  persistentvolumes: ({ spec }) => spec.claimRef?.namespace,
}
const DNS = { namespace: 'kube-system', name: 'kube-dns' }

export class Controllers {
  #dirty = new Set()
  #timers = new Map() // namespace → when it is looked at again
  #stopped = false

  // AUTHORITY is the certificate authority's text, for kube-root-ca.crt; HOSTFOLDER(path) a folder of the node.
  constructor({ store, network, events, authority, hostFolder }) {
    this.store = store
    this.network = network
    const later = (namespace, milliseconds) => this.#later(namespace, milliseconds)
    const parts = { store, network, events, authority, hostFolder, later }
    this.parts = [Admission, Claims, Deployments, ReplicaSets, StatefulSets, Scheduler, EndpointSlices, Policies, Namespaces].map((Part) => new Part(parts))
    store.allocateClusterIP = network.newServiceAddress
    store.on('*', ({ resource, object }) => {
      const namespace = LOOKED_AT.has(resource) && (placeOf[resource] ?? (() => object.metadata.namespace))(object)
      if (namespace) this.#look(namespace)
    })
    this.#furnish()
  }

  stop() {
    this.#stopped = true
    for (const { timer } of this.#timers.values()) clearTimeout(timer)
  }

  #look(namespace) {
    if (this.#stopped) return
    if (this.#dirty.size === 0) setImmediate(() => this.#reconcile())
    this.#dirty.add(namespace)
  }

  #later(namespace, milliseconds) {
    const known = this.#timers.get(namespace)
    const at = Date.now() + milliseconds
    if (known && known.at <= at) return
    clearTimeout(known?.timer)
    const timer = setTimeout(() => {
      this.#timers.delete(namespace)
      this.#look(namespace)
    }, milliseconds)
    this.#timers.set(namespace, { at, timer })
  }

  #reconcile() {
    const dirty = [...this.#dirty]
    this.#dirty.clear()
    if (this.#stopped) return
    for (const namespace of dirty) for (const part of this.parts) part.reconcile(namespace)
    if (dirty.includes(DNS.namespace)) {
      const slices = this.store.list('endpointslices', { namespace: DNS.namespace, labelSelector: `kubernetes.io/service-name=${DNS.name}` })
      this.network.setNamesUp(slices.some((s) => s.endpoints?.some((e) => e.conditions.ready)))
    }
  }

  // What a cluster has beside the API server's own.
  #furnish() {
    const { store } = this
    store.create('services', {
      metadata: { namespace: 'default', name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
    })
    store.create('endpointslices', {
      metadata: { namespace: 'default', name: 'kubernetes', labels: { 'kubernetes.io/service-name': 'kubernetes' } }, addressType: 'IPv4',
      endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
    })
    const labels = { 'k8s-app': 'kube-dns' }
    const ports = [['dns', 'UDP'], ['dns-tcp', 'TCP']]
    store.create('services', {
      metadata: { ...DNS, labels: { ...labels, 'kubernetes.io/name': 'CoreDNS' } },
      spec: { clusterIP: DNS_ADDRESS, selector: labels, ports: ports.map(([name, protocol]) => ({ name, port: 53, protocol, targetPort: name })) },
    })
    const container = { name: 'coredns', image: 'registry.k8s.io/coredns/coredns:v1.12.0', ports: ports.map(([name, protocol]) => ({ name, containerPort: 53, protocol })) }
    store.create('deployments', {
      metadata: { namespace: DNS.namespace, name: 'coredns', labels },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { dnsPolicy: 'Default', containers: [container] } } },
    })
  }
}
