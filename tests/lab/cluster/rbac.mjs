// What a user may do: the rules of Roles and ClusterRoles that bindings give them.
//
// ATTRIBUTES of a question: {verb, group, resource, subresource?, name?, namespace?} or {verb, path}.
import { ApiError } from './errors.mjs'

const GROUP = 'rbac.authorization.k8s.io'

export class Authorizer {
  constructor(store) {
    this.store = store
  }

  // {allowed, reason}: why, in the real server's words.
  decide(user, attributes) {
    if (user.groups.includes('system:masters')) return { allowed: true, reason: '' }
    const missing = []
    for (const { rule, reason } of this.#rules(user, attributes.namespace, missing)) {
      if (allows(rule, attributes)) return { allowed: true, reason }
    }
    return { allowed: false, reason: missing.length ? `RBAC: ${list(missing)}` : '' }
  }

  // Throws 403 where USER may not.
  require(user, attributes) {
    const { allowed, reason } = this.decide(user, attributes)
    if (!allowed) throw refusal(user, attributes, reason)
  }

  // The answer to a SelfSubjectRulesReview.
  rules(user, namespace) {
    const missing = []
    const found = [...this.#rules(user, namespace, missing)].map(({ rule }) => rule)
    return {
      resourceRules: found.filter((r) => r.resources).map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, ...(resourceNames ? { resourceNames } : {}) })),
      nonResourceRules: found.filter((r) => r.nonResourceURLs).map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
      incomplete: false,
      ...(missing.length ? { evaluationError: list(missing) } : {}),
    }
  }

  * #rules(user, namespace, missing) {
    yield* this.#bound('clusterrolebindings', undefined, user, missing)
    if (namespace) yield* this.#bound('rolebindings', namespace, user, missing)
  }

  * #bound(bindings, namespace, user, missing) {
    for (const binding of this.store.list(bindings, { namespace })) {
      const subject = (binding.subjects ?? []).find((s) => isSubject(s, user, namespace))
      if (!subject) continue
      const { kind, name } = binding.roleRef
      const role = this.store.peek(kind === 'Role' ? 'roles' : 'clusterroles', kind === 'Role' ? namespace : undefined, name)
      if (!role) missing.push(`${kind.toLowerCase()}.${GROUP} "${name}" not found`)
      const of = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace ?? namespace}` : subject.name
      const reason = `RBAC: allowed by ${binding.kind} "${binding.metadata.name}${namespace ? `/${namespace}` : ''}" of ${kind} "${name}" to ${subject.kind} "${of}"`
      for (const rule of role?.rules ?? []) yield { rule, reason }
    }
  }
}

const list = (texts) => (texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`)

function isSubject({ kind, name, namespace: own }, user, namespace) {
  if (kind === 'User') return name === user.username
  if (kind === 'Group') return user.groups.includes(name)
  return user.username === `system:serviceaccount:${own ?? namespace}:${name}`
}

const among = (values, value) => (values ?? []).some((v) => v === '*' || v === value)
const isPath = (pattern, path) => pattern === path || pattern === '*' || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)))

function allows(rule, { verb, group, resource, subresource, name, path }) {
  if (!among(rule.verbs, verb)) return false
  if (path !== undefined) return (rule.nonResourceURLs ?? []).some((p) => isPath(p, path))
  const full = subresource ? `${resource}/${subresource}` : resource
  const isResource = among(rule.resources, full) || (subresource && (rule.resources ?? []).includes(`*/${subresource}`))
  return among(rule.apiGroups, group) && isResource && (!rule.resourceNames?.length || rule.resourceNames.includes(name))
}

function refusal(user, { verb, group, resource, subresource, name, namespace, path }, reason) {
  const why = reason ? `: ${reason}` : ''
  if (path !== undefined) return new ApiError(403, 'Forbidden', `forbidden: User "${user.username}" cannot ${verb} path "${path}"${why}`, {})
  const what = `${resource}${group ? `.${group}` : ''}${name ? ` "${name}"` : ''}`
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
  const full = subresource ? `${resource}/${subresource}` : resource
  return new ApiError(403, 'Forbidden', `${what} is forbidden: User "${user.username}" cannot ${verb} resource "${full}" in API group "${group}" ${where}${why}`, {
    ...(name ? { name } : {}), ...(group ? { group } : {}), kind: resource,
  })
}
