// Deployments: a ReplicaSet for each pod template, rolled over within maxSurge and maxUnavailable or re-created, and
// the status that tells how far that is.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { timestamp } from './store.mjs'

const AUTHOR = { component: 'deployment-controller' }
const MANAGER = { manager: 'kube-controller-manager' }
const REVISION = 'deployment.kubernetes.io/revision'
const DESIRED = 'deployment.kubernetes.io/desired-replicas'
const MAXIMUM = 'deployment.kubernetes.io/max-replicas'
const OWN = new Set([REVISION, DESIRED, MAXIMUM, 'deployment.kubernetes.io/revision-history', 'kubectl.kubernetes.io/last-applied-configuration'])
const HASH = 'pod-template-hash'
const DIGITS = 'bcdfghjklmnpqrstvwxz2456789'

const hashOf = (template, salt) =>
  [...createHash('sha256').update(JSON.stringify(template) + salt).digest()].slice(0, 10).map((b) => DIGITS[b % DIGITS.length]).join('')

function plain(template) {
  const copy = structuredClone(template)
  delete copy.metadata?.labels?.[HASH]
  return JSON.parse(JSON.stringify(copy))
}

const revisionOf = (set) => Number(set.metadata.annotations?.[REVISION] ?? 0)
const sum = (sets, of) => sets.reduce((total, s) => total + of(s), 0)
const available = (set) => set.status?.availableReplicas ?? 0

function share(value, replicas, round) {
  return typeof value === 'string' && value.endsWith('%') ? round((Number.parseInt(value, 10) * replicas) / 100) : Number(value ?? 0)
}

// How many pods there may be beyond the wanted ones, and how many may lack.
export function bounds({ spec: { strategy, replicas } }) {
  if (strategy.type === 'Recreate') return { surge: 0, unavailable: replicas }
  const surge = share(strategy.rollingUpdate.maxSurge, replicas, Math.ceil)
  const unavailable = share(strategy.rollingUpdate.maxUnavailable, replicas, Math.floor)
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas) }
}

export class Deployments {
  constructor({ store, events, later }) {
    Object.assign(this, { store, events, later })
  }

  reconcile(namespace) {
    const sets = this.store.list('replicasets', { namespace })
    for (const d of this.store.list('deployments', { namespace })) {
      if (!d.metadata.deletionTimestamp) this.#sync(d, sets.filter((s) => s.metadata.ownerReferences?.some((o) => o.uid === d.metadata.uid)))
    }
  }

  #sync(d, sets) {
    const wanted = plain(d.spec.template)
    let current = sets.find((s) => isDeepStrictEqual(plain(s.spec.template), wanted))
    const old = sets.filter((s) => s !== current)
    if (!d.spec.paused) {
      if (!current && d.spec.strategy.type === 'Recreate' && !this.#cleared(d, old)) {
        this.#status(d, undefined, old)
        return
      }
      current = this.#revise(d, current, old, wanted)
      if (d.spec.strategy.type === 'Recreate') {
        if (this.#cleared(d, old)) current = this.#scale(d, current, d.spec.replicas)
      } else current = this.#roll(d, current, old)
    } else {
      const active = [current, ...old].filter((s) => s && s.spec.replicas > 0)
      const latest = active.sort((a, b) => revisionOf(b) - revisionOf(a))[0] ?? current
      if (active.length <= 1 && latest) this.#scale(d, latest, d.spec.replicas)
    }
    const now = this.store.list('replicasets', { namespace: d.metadata.namespace }).filter((s) => s.metadata.ownerReferences?.some((o) => o.uid === d.metadata.uid))
    this.#status(d, now.find((s) => s.metadata.uid === current?.metadata.uid), now.filter((s) => s.metadata.uid !== current?.metadata.uid))
  }

  // The ReplicaSet of the present template, with the newest revision.
  #revise(d, current, old, wanted) {
    const newest = Math.max(0, ...old.map(revisionOf))
    const revision = `${Math.max(newest + 1, current ? revisionOf(current) : 0)}`
    const annotations = {
      ...Object.fromEntries(Object.entries(d.metadata.annotations ?? {}).filter(([k]) => !OWN.has(k))),
      [DESIRED]: `${d.spec.replicas}`, [MAXIMUM]: `${d.spec.replicas + bounds(d).surge}`, [REVISION]: revision,
    }
    if (!current) current = this.#create(d, annotations, wanted)
    else if (!isDeepStrictEqual(current.metadata.annotations, annotations)) {
      current = this.store.update('replicasets', { ...current, metadata: { ...current.metadata, annotations } }, MANAGER)
    }
    if (d.metadata.annotations?.[REVISION] !== revision) {
      // By way of status, or it would count as a change of what is wanted.
      const metadata = { annotations: { [REVISION]: revision } }
      this.store.patch('deployments', d.metadata.namespace, d.metadata.name, { metadata }, { type: 'merge', subresource: 'status', ...MANAGER })
    }
    return current
  }

  #create(d, annotations, wanted) {
    let salt = 0
    let hash = hashOf(wanted, salt)
    while (this.store.peek('replicasets', d.metadata.namespace, `${d.metadata.name}-${hash}`)) hash = hashOf(wanted, ++salt)
    const labels = { ...wanted.metadata.labels, [HASH]: hash }
    const template = { ...wanted, metadata: { ...wanted.metadata, creationTimestamp: null, labels } }
    return this.store.create('replicasets', {
      metadata: {
        name: `${d.metadata.name}-${hash}`, namespace: d.metadata.namespace, annotations, labels,
        ownerReferences: [{ apiVersion: 'apps/v1', blockOwnerDeletion: true, controller: true, kind: 'Deployment', name: d.metadata.name, uid: d.metadata.uid }],
      },
      spec: {
        replicas: 0, selector: { ...d.spec.selector, matchLabels: { ...d.spec.selector.matchLabels, [HASH]: hash } }, template,
        ...(d.spec.minReadySeconds ? { minReadySeconds: d.spec.minReadySeconds } : {}),
      },
    }, MANAGER)
  }

  #scale(d, set, replicas) {
    if (set.spec.replicas === replicas) return set
    const direction = replicas > set.spec.replicas ? 'up' : 'down'
    this.events.record({ object: d }, 'Normal', 'ScalingReplicaSet', `Scaled ${direction} replica set ${set.metadata.name} from ${set.spec.replicas} to ${replicas}`, AUTHOR)
    return this.store.patch('replicasets', set.metadata.namespace, set.metadata.name, { spec: { replicas } }, { type: 'merge', ...MANAGER })
  }

  // Scales the old sets to nothing; true when none of their pods is left.
  #cleared(d, old) {
    for (const set of old) this.#scale(d, set, 0)
    const uids = new Set(old.map((s) => s.metadata.uid))
    return !this.store.list('pods', { namespace: d.metadata.namespace }).some((p) =>
      p.metadata.ownerReferences?.some((o) => uids.has(o.uid)) && !['Failed', 'Succeeded'].includes(p.status.phase))
  }

  #roll(d, current, old) {
    const { replicas } = d.spec
    const { surge, unavailable } = bounds(d)
    const total = () => current.spec.replicas + sum(old, (s) => s.spec.replicas)
    if (current.spec.replicas > replicas) current = this.#scale(d, current, replicas)
    else {
      const more = Math.min(replicas + surge - total(), replicas - current.spec.replicas)
      if (more > 0) return this.#scale(d, current, current.spec.replicas + more)
    }
    const least = replicas - unavailable
    let excess = total() - least - (current.spec.replicas - available(current))
    old.sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))
    for (const [i, set] of old.entries()) { // those that do not work go first
      const dead = Math.min(excess, set.spec.replicas - available(set))
      if (dead > 0) old[i] = this.#scale(d, set, set.spec.replicas - dead)
      excess -= Math.max(0, dead)
    }
    let spare = available(current) + sum(old, (s) => Math.min(available(s), s.spec.replicas)) - least
    for (const set of old) {
      const fewer = Math.min(spare, set.spec.replicas)
      if (fewer > 0) this.#scale(d, set, set.spec.replicas - fewer)
      spare -= Math.max(0, fewer)
    }
    return current
  }

  #status(d, current, old) {
    const sets = [current, ...old].filter(Boolean)
    const replicas = sum(sets, (s) => s.status?.replicas ?? 0)
    const counts = {
      replicas, updatedReplicas: current?.status?.replicas ?? 0, readyReplicas: sum(sets, (s) => s.status?.readyReplicas ?? 0),
      availableReplicas: sum(sets, available),
    }
    counts.unavailableReplicas = Math.max(0, sum(sets, (s) => s.spec.replicas) - counts.availableReplicas)
    const status = { observedGeneration: d.metadata.generation, ...Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0)) }
    const was = d.status?.conditions ?? []
    const conditions = new Map(was.map((c) => [c.type, c]))
    const set = (type, condition, renew = false) => {
      const last = conditions.get(type)
      const same = last && last.status === condition.status && last.reason === condition.reason
      if (same && !renew) return
      const now = timestamp()
      conditions.set(type, { lastTransitionTime: last?.status === condition.status ? last.lastTransitionTime : now, lastUpdateTime: now, ...condition, type })
    }
    const enough = counts.availableReplicas >= d.spec.replicas - bounds(d).unavailable
    set('Available', enough ? { message: 'Deployment has minimum availability.', reason: 'MinimumReplicasAvailable', status: 'True' }
      : { message: 'Deployment does not have minimum availability.', reason: 'MinimumReplicasUnavailable', status: 'False' })
    this.#progress(d, current, counts, conditions.get('Progressing'), (c, renew) => set('Progressing', c, renew))
    const failure = sets.flatMap((s) => s.status?.conditions ?? []).find((c) => c.type === 'ReplicaFailure' && c.status === 'True')
    if (failure) set('ReplicaFailure', { message: failure.message, reason: failure.reason, status: 'True' })
    else conditions.delete('ReplicaFailure')
    status.conditions = [...conditions.values()]
    const stored = this.store.peek('deployments', d.metadata.namespace, d.metadata.name)
    if (stored?.metadata.uid !== d.metadata.uid) return
    this.store.update('deployments', { ...stored, status }, { subresource: 'status', ...MANAGER })
    if (current && this.#complete(d, counts)) this.#forget(d, old)
  }

  #complete({ spec }, counts) {
    return counts.updatedReplicas === spec.replicas && counts.replicas === spec.replicas && counts.availableReplicas === spec.replicas
  }

  #progress(d, current, counts, last, set) {
    if (d.spec.paused) {
      set({ message: 'Deployment is paused', reason: 'DeploymentPaused', status: 'Unknown' })
      return
    }
    if (last?.reason === 'DeploymentPaused') set({ message: 'Deployment is resumed', reason: 'DeploymentResumed', status: 'Unknown' })
    if (!current) return
    const name = `ReplicaSet "${current.metadata.name}"`
    if (this.#complete(d, counts)) {
      const done = { message: `${name} has successfully progressed.`, reason: 'NewReplicaSetAvailable', status: 'True' }
      set(done, last?.message !== done.message)
      return
    }
    const { updatedReplicas: updated, replicas, readyReplicas: ready, availableReplicas: able } = counts
    const before = { updated: d.status?.updatedReplicas ?? 0, replicas: d.status?.replicas ?? 0, ready: d.status?.readyReplicas ?? 0, able: d.status?.availableReplicas ?? 0 }
    const fresh = !last || !last.message.includes(`"${current.metadata.name}"`)
    const moved = updated > before.updated || replicas - updated < before.replicas - before.updated || ready > before.ready || able > before.able
    if (fresh && updated === 0) set({ message: `Created new replica set "${current.metadata.name}"`, reason: 'NewReplicaSetCreated', status: 'True' }, true)
    else if (fresh || moved) set({ message: `${name} is progressing.`, reason: 'ReplicaSetUpdated', status: 'True' }, true)
    else {
      const left = Date.parse(last.lastUpdateTime) + (d.spec.progressDeadlineSeconds ?? 600) * 1000 - Date.now()
      if (left > 0) this.later(d.metadata.namespace, left)
      else set({ message: `${name} has timed out progressing.`, reason: 'ProgressDeadlineExceeded', status: 'False' })
    }
  }

  #forget(d, old) {
    const empty = old.filter((s) => s.spec.replicas === 0 && !(s.status?.replicas > 0)).sort((a, b) => revisionOf(a) - revisionOf(b))
    for (const set of empty.slice(0, Math.max(0, empty.length - (d.spec.revisionHistoryLimit ?? 10)))) {
      this.store.remove('replicasets', set.metadata.namespace, set.metadata.name, { uid: set.metadata.uid })
    }
  }
}
