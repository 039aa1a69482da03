// The objects that every cluster has from its start: namespaces, and the roles that the API server lays down.
import { resources } from './resources.mjs'

const rule = (apiGroups, names, verbs) => ({ apiGroups, resources: names, verbs })
const CREATE = ['create']
const HEALTH = ['/healthz', '/livez', '/readyz', '/version', '/version/']
const DISCOVERY = ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz', '/version', '/version/']

// Rules for everything in namespaces but what HIDDEN names, one for each API group.
function namespaced(hidden, verbs, withSubresources) {
  const groups = new Map()
  for (const { group, plural, namespaced: inside, stored, subresources } of resources) {
    if (!inside || !stored || hidden.includes(plural)) continue
    const names = [plural, ...Object.keys(subresources).filter(withSubresources).map((s) => `${plural}/${s}`)]
    groups.set(group, [...(groups.get(group) ?? []), ...names])
  }
  return [...groups].map(([group, names]) => rule([group], names, verbs))
}

const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const RBAC = ['roles', 'rolebindings']

const clusterRoles = {
  'cluster-admin': [rule(['*'], ['*'], ['*']), { nonResourceURLs: ['*'], verbs: ['*'] }],
  view: [...namespaced(['secrets', ...RBAC], READ, (s) => s === 'log' || s === 'status' || s === 'scale'), rule([''], ['namespaces'], READ)],
  edit: [...namespaced(RBAC, WRITE, () => true), rule([''], ['namespaces'], READ)],
  admin: [...namespaced([], WRITE, () => true), rule([''], ['namespaces'], READ)],
  'system:basic-user': [
    rule(['authorization.k8s.io'], ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], CREATE),
    rule(['authentication.k8s.io'], ['selfsubjectreviews'], CREATE),
  ],
  'system:discovery': [{ nonResourceURLs: DISCOVERY, verbs: ['get'] }],
  'system:public-info-viewer': [{ nonResourceURLs: HEALTH, verbs: ['get'] }],
}

const bindings = {
  'cluster-admin': ['system:masters'],
  'system:basic-user': ['system:authenticated'],
  'system:discovery': ['system:authenticated'],
  'system:public-info-viewer': ['system:authenticated', 'system:unauthenticated'],
}

export const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system']

export function bootstrap(store) {
  const options = { manager: 'kube-apiserver' }
  const apiGroup = 'rbac.authorization.k8s.io'
  const metadata = (name) => ({ name, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } })
  for (const name of NAMESPACES) store.create('namespaces', { metadata: { name } }, options)
  for (const [name, rules] of Object.entries(clusterRoles)) store.create('clusterroles', { metadata: metadata(name), rules }, options)
  for (const [name, groups] of Object.entries(bindings)) {
    const subjects = groups.map((group) => ({ apiGroup, kind: 'Group', name: group }))
    store.create('clusterrolebindings', { metadata: metadata(name), roleRef: { apiGroup, kind: 'ClusterRole', name }, subjects }, options)
  }
}
