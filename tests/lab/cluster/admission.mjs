// What keeps pods from being created: quotas, Pod Security, a ServiceAccount that is not there.
import { forbidden } from './errors.mjs'
import { quantity } from './quantity.mjs'
import { resourceNamed } from './resources.mjs'

const PODS = resourceNamed('pods')
const over = (pod) => ['Failed', 'Succeeded'].includes(pod.status?.phase)

// What POD takes of RESOURCE ("pods", "requests.memory", "limits.cpu", "memory"); undefined where a quota does not count it.
function takes(pod, resource) {
  if (resource === 'pods' || resource === 'count/pods') return 1
  const [, kind = 'requests', name] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(resource) ?? []
  if (!name) return undefined
  return pod.spec.containers.reduce((total, c) => total + (quantity(c.resources?.[kind]?.[name] ?? '0') || 0), 0)
}

function told(pods, resource) {
  const total = pods.reduce((sum, p) => sum + takes(p, resource), 0)
  if (!resource.endsWith('memory') && !resource.endsWith('cpu')) return `${total}`
  if (resource.endsWith('cpu')) return Number.isInteger(total) ? `${total}` : `${Math.round(total * 1000)}m`
  for (const [unit, factor] of [['Gi', 2 ** 30], ['Mi', 2 ** 20], ['Ki', 2 ** 10]]) if (total && total % factor === 0) return `${total / factor}${unit}`
  return `${total}`
}

const LEVELS = ['privileged', 'baseline', 'restricted']

function violations(spec, level) {
  if (LEVELS.indexOf(level) < 1) return []
  const all = [...spec.containers, ...(spec.initContainers ?? [])]
  const named = (cs) => `container${cs.length > 1 ? 's' : ''} ${cs.map((c) => `"${c.name}"`).join(', ')}`
  const found = []
  const about = (bad, before, after) => bad.length && found.push(`${before} (${named(bad)} ${after})`)
  if (spec.hostNetwork || spec.hostPID || spec.hostIPC) found.push('host namespaces (hostNetwork=true)')
  about(all.filter((c) => c.securityContext?.privileged), 'privileged', 'must not set securityContext.privileged=true')
  const paths = (spec.volumes ?? []).filter((v) => v.hostPath)
  if (paths.length) found.push(`hostPath volumes (volume${paths.length > 1 ? 's' : ''} ${paths.map((v) => `"${v.name}"`).join(', ')})`)
  if (level !== 'restricted') return found
  about(all.filter((c) => c.securityContext?.allowPrivilegeEscalation !== false), 'allowPrivilegeEscalation != false', 'must set securityContext.allowPrivilegeEscalation=false')
  about(all.filter((c) => !c.securityContext?.capabilities?.drop?.includes('ALL')), 'unrestricted capabilities', 'must set securityContext.capabilities.drop=["ALL"]')
  const unset = (get) => (get(spec.securityContext ?? {}) ? [] : all.filter((c) => !get(c.securityContext ?? {})))
  const pod = (bad, before, after) => bad.length && found.push(`${before} (pod or ${named(bad)} ${after})`)
  pod(unset((s) => s.runAsNonRoot), 'runAsNonRoot != true', 'must set securityContext.runAsNonRoot=true')
  pod(unset((s) => ['RuntimeDefault', 'Localhost'].includes(s.seccompProfile?.type)), 'seccompProfile', 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"')
  return found
}

export class Admission {
  constructor({ store }) {
    this.store = store
    store.admit('pods', ({ operation, object }) => {
      if (operation !== 'create') return
      this.#account(object)
      this.#security(object)
      this.#quota(object)
    })
  }

  reconcile(namespace) {
    const pods = this.store.list('pods', { namespace }).filter((p) => !over(p))
    for (const quota of this.store.list('resourcequotas', { namespace })) {
      const { hard } = quota.spec
      const counted = Object.keys(hard).filter((r) => takes({ spec: { containers: [] } }, r) !== undefined)
      const used = Object.fromEntries(counted.map((r) => [r, told(pods, r)]))
      if (JSON.stringify(quota.status) !== JSON.stringify({ hard, used })) {
        this.store.update('resourcequotas', { ...quota, status: { hard, used } }, { subresource: 'status', manager: 'kube-controller-manager' })
      }
    }
  }

  #account({ metadata, spec }) {
    const name = spec.serviceAccountName
    if (name !== 'default' && !this.store.peek('serviceaccounts', metadata.namespace, name)) {
      throw forbidden(PODS, metadata.name, `error looking up service account ${metadata.namespace}/${name}: serviceaccount "${name}" not found`)
    }
  }

  #security({ metadata, spec }) {
    const labels = this.store.peek('namespaces', undefined, metadata.namespace)?.metadata.labels ?? {}
    const level = labels['pod-security.kubernetes.io/enforce']
    const version = labels['pod-security.kubernetes.io/enforce-version'] ?? 'latest'
    const found = level ? violations(spec, level) : []
    if (found.length) throw forbidden(PODS, metadata.name, `violates PodSecurity "${level}:${version}": ${found.join(', ')}`)
  }

  #quota(pod) {
    const { namespace, name } = pod.metadata
    const present = this.store.list('pods', { namespace }).filter((p) => !over(p))
    for (const quota of this.store.list('resourcequotas', { namespace })) {
      const counted = Object.entries(quota.spec.hard).filter(([r]) => takes(pod, r) !== undefined)
      const unsaid = counted.map(([r]) => r).filter((r) => /cpu|memory/.test(r) && pod.spec.containers.some((c) => {
        const [, kind = 'requests', of] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(r)
        return c.resources?.[kind]?.[of] === undefined
      }))
      if (unsaid.length) {
        throw forbidden(PODS, name, `failed quota: ${quota.metadata.name}: must specify ${unsaid.map((r) => `${r} for: ${pod.spec.containers.map((c) => c.name).join(',')}`).join('; ')}`)
      }
      const beyond = counted.filter(([r, hard]) => [...present, pod].reduce((sum, p) => sum + takes(p, r), 0) > quantity(hard))
      if (beyond.length === 0) continue
      const list = (of) => beyond.map(([r, hard]) => `${r}=${of(r, hard)}`).join(',')
      throw forbidden(PODS, name, `exceeded quota: ${quota.metadata.name}, requested: ${list((r) => told([pod], r))}, used: ${list((r) => told(present, r))}, limited: ${list((r, hard) => hard)}`)
    }
  }
}
