// EndpointSlices of Services with a selector, and what follows from them in the network: routes and names.
import { isDeepStrictEqual } from 'node:util'
import { isReady } from './replicasets.mjs'
import { matcher } from './selectors.mjs'
import { resourceNamed } from './resources.mjs'
import { timestamp } from './store.mjs'

const MANAGER = { manager: 'kube-controller-manager' }
const SERVICE = 'kubernetes.io/service-name'
const HEADLESS = 'service.kubernetes.io/headless'

const selectorText = (selector) => Object.entries(selector).map(([k, v]) => `${k}=${v}`).join(',')

function endpointOf(pod, service) {
  const serving = isReady(pod)
  const terminating = Boolean(pod.metadata.deletionTimestamp)
  const { name, namespace, uid } = pod.metadata
  return {
    addresses: [pod.status.podIP], conditions: { ready: service.spec.publishNotReadyAddresses || (serving && !terminating), serving, terminating },
    nodeName: pod.spec.nodeName, targetRef: { kind: 'Pod', name, namespace, uid },
  }
}

// The ports of SERVICE on POD; a name that no container of it has is left out.
function portsOn(pod, service) {
  return (service.spec.ports ?? []).flatMap(({ name = '', targetPort, protocol }) => {
    const port = typeof targetPort === 'number' ? targetPort
      : pod.spec.containers.flatMap((c) => c.ports ?? []).find((p) => p.name === targetPort && p.protocol === protocol)?.containerPort
    return port ? [{ name, port, protocol }] : []
  })
}

export class EndpointSlices {
  #addresses = new Map() // uid of a Service → {ip, name, namespace}
  constructor({ store, network }) {
    Object.assign(this, { store, network })
    store.on('services', ({ type, object: { metadata } }) => {
      if (type !== 'DELETED') return
      this.#forget(metadata.uid)
      network.setName(metadata.name, metadata.namespace, [])
    })
  }

  reconcile(namespace) {
    const services = this.store.list('services', { namespace })
    const pods = this.store.list('pods', { namespace }).filter((p) => p.status.podIP && !['Failed', 'Succeeded'].includes(p.status.phase))
    for (const service of services) {
      if (service.spec.selector && service.spec.type !== 'ExternalName') this.#slices(service, pods)
      else if (service.spec.type === 'ExternalName') for (const s of this.#of(service)) this.#remove(s)
      this.#route(service)
    }
  }

  #of(service) {
    const { namespace, name } = service.metadata
    return this.store.list('endpointslices', { namespace, labelSelector: `${SERVICE}=${name}` })
  }

  #remove({ metadata: { namespace, name, uid } }) {
    this.store.remove('endpointslices', namespace, name, { uid })
  }

  #slices(service, pods) {
    const selected = matcher(resourceNamed('pods'), { labelSelector: selectorText(service.spec.selector) })
    const groups = new Map()
    for (const pod of pods.filter(selected)) {
      const ports = portsOn(pod, service)
      const key = JSON.stringify(ports)
      if (!groups.has(key)) groups.set(key, { ports: ports.length ? ports : null, endpoints: [] })
      groups.get(key).endpoints.push(endpointOf(pod, service))
    }
    if (groups.size === 0) groups.set('', { ports: null, endpoints: [] })
    const left = this.#of(service)
    for (const group of groups.values()) {
      const same = left.findIndex((s) => isDeepStrictEqual(s.ports ?? null, group.ports))
      const old = left.length ? left.splice(Math.max(0, same), 1)[0] : undefined
      this.#write(service, old, group)
    }
    for (const slice of left) this.#remove(slice)
  }

  #write(service, old, { ports, endpoints }) {
    const { name, namespace, uid, labels } = service.metadata
    const trigger = { 'endpoints.kubernetes.io/last-change-trigger-time': timestamp() }
    if (old) {
      if (isDeepStrictEqual(old.ports ?? null, ports) && isDeepStrictEqual(old.endpoints ?? [], endpoints)) return
      this.store.update('endpointslices', { ...old, ports, endpoints, metadata: { ...old.metadata, annotations: trigger } }, MANAGER)
      return
    }
    this.store.create('endpointslices', {
      metadata: {
        generateName: `${name}-`, namespace, annotations: trigger,
        labels: {
          ...labels, 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io', [SERVICE]: name,
          ...(service.spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {}),
        },
        ownerReferences: [{ apiVersion: 'v1', blockOwnerDeletion: true, controller: true, kind: 'Service', name, uid }],
      },
      addressType: 'IPv4', endpoints, ports,
    }, MANAGER)
  }

  #route(service) {
    const { name, namespace, uid } = service.metadata
    const { clusterIP, ports = [], type, externalName } = service.spec
    const slices = this.#of(service)
    const ready = (s) => (s.endpoints ?? []).filter((e) => e.conditions?.ready ?? true).flatMap((e) => e.addresses)
    if (type === 'ExternalName') {
      this.#forget(uid)
      this.network.setAlias(name, namespace, externalName)
      return
    }
    if (clusterIP === 'None') {
      this.network.setName(name, namespace, slices.flatMap(ready))
      return
    }
    this.#addresses.set(uid, { ip: clusterIP, name, namespace })
    const routes = Object.fromEntries(ports.filter((p) => p.protocol === 'TCP').map((p) => [`${p.port}`,
      slices.flatMap((s) => (s.ports ?? []).filter((t) => (t.name ?? '') === (p.name ?? '')).flatMap((t) => ready(s).map((ip) => ({ ip, port: t.port }))))]))
    if (name !== 'kubernetes' || namespace !== 'default') this.network.setService(clusterIP, routes)
    this.network.setName(name, namespace, [clusterIP])
  }

  #forget(uid) {
    const known = this.#addresses.get(uid)
    if (!known) return
    this.#addresses.delete(uid)
    this.network.removeService(known.ip)
    this.network.setName(known.name, known.namespace, [])
  }
}
