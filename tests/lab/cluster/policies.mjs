// NetworkPolicies: which pods may not connect to which. Ports are looked at as far as a rule that names none of the
// ports of the target's containers does not open it.
import { matchesTerms, termsOf } from './selectors.mjs'

// An empty selector selects everything.
const selectorMatches = (selector, object) => matchesTerms(object?.metadata.labels ?? {}, termsOf(selector ?? {}))

export class Policies {
  #enforced = false

  constructor({ store, network }) {
    Object.assign(this, { store, network })
  }

  // Over all namespaces: a rule may name others.
  reconcile() {
    const policies = this.store.list('networkpolicies')
    if (policies.length === 0 && !this.#enforced) return
    this.#enforced = policies.length > 0
    const pods = this.store.list('pods').filter((p) => p.status.podIP && !['Failed', 'Succeeded'].includes(p.status.phase))
    const labels = Object.fromEntries(this.store.list('namespaces').map((n) => [n.metadata.name, n]))
    const peer = (p, from, pod) => {
      if (from.ipBlock) return false
      const there = from.namespaceSelector ? selectorMatches(from.namespaceSelector, labels[pod.metadata.namespace]) : pod.metadata.namespace === p.metadata.namespace
      return there && (!from.podSelector || selectorMatches(from.podSelector, pod))
    }
    const opens = (ports, target) => !ports?.length || ports.some(({ port }) =>
      port === undefined || target.spec.containers.some((c) => c.ports?.some((q) => q.containerPort === port || q.name === port)))
    const about = (kind, pod) => policies.filter((p) => p.spec.policyTypes.includes(kind) && p.metadata.namespace === pod.metadata.namespace && selectorMatches(p.spec.podSelector, pod))
    const allowed = (kind, rules, peers, pod, other, target) => {
      const selecting = about(kind, pod)
      return selecting.length === 0 || selecting.some((p) => (p.spec[rules] ?? []).some((r) =>
        (!r[peers]?.length || r[peers].some((f) => peer(p, f, other))) && opens(r.ports, target)))
    }
    for (const target of pods) {
      const denied = pods.filter((source) => source !== target
        && !(allowed('Ingress', 'ingress', 'from', target, source, target) && allowed('Egress', 'egress', 'to', source, target, target)))
      this.network.setDenied(target.status.podIP, denied.map((p) => p.status.podIP))
    }
  }
}
