// Every kind of object that the lab's API server knows, as the real one of Kubernetes 1.33 lists it in discovery.
// A kind is written down once, here: paths, permissions, discovery, storage and tables all read this table.

const ALL = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const CHANGE = ['get', 'patch', 'update']
const CREATE = ['create']
const STATUS = { status: CHANGE }
const SCALE = { scale: CHANGE }

// Deleting one of these answers with the object, deleting another with a Status.
const DELETED = ['pods', 'services', 'serviceaccounts', 'persistentvolumeclaims', 'persistentvolumes', 'podtemplates', 'resourcequotas']

const resource = (group, version, plural, kind, more = {}) => ({
  group, version, plural, kind,
  singular: kind.toLowerCase(), namespaced: true, verbs: ALL, subresources: {}, shortNames: [], categories: [],
  generation: false, stored: true, returnsDeleted: DELETED.includes(plural), ...more,
})

const core = (...rest) => resource('', 'v1', ...rest)
const apps = (...rest) => resource('apps', 'v1', ...rest)
const rbac = (...rest) => resource('rbac.authorization.k8s.io', 'v1', ...rest)
const wide = { namespaced: false }
const asked = { verbs: CREATE, stored: false }

// `generation`: metadata.generation counts the changes of spec. `stored`: objects are kept; the others are questions.
export const resources = [
  core('bindings', 'Binding', asked),
  core('configmaps', 'ConfigMap', { shortNames: ['cm'] }),
  core('endpoints', 'Endpoints', { singular: 'endpoints', shortNames: ['ep'] }),
  core('events', 'Event', { shortNames: ['ev'] }),
  core('limitranges', 'LimitRange', { shortNames: ['limits'] }),
  core('namespaces', 'Namespace', { ...wide, shortNames: ['ns'], verbs: ALL.filter((v) => v !== 'deletecollection'), subresources: { finalize: ['update'], ...STATUS } }),
  core('nodes', 'Node', { ...wide, shortNames: ['no'], subresources: { proxy: [...CREATE, 'delete', 'get', 'patch', 'update'], ...STATUS } }),
  core('persistentvolumeclaims', 'PersistentVolumeClaim', { shortNames: ['pvc'], subresources: STATUS }),
  core('persistentvolumes', 'PersistentVolume', { ...wide, shortNames: ['pv'], subresources: STATUS }),
  core('pods', 'Pod', {
    shortNames: ['po'], categories: ['all'], generation: true,
    subresources: {
      attach: ['create', 'get'], binding: CREATE, ephemeralcontainers: CHANGE, eviction: CREATE, exec: ['create', 'get'],
      log: ['get'], portforward: ['create', 'get'], proxy: ['create', 'delete', 'get', 'patch', 'update'], resize: CHANGE, ...STATUS,
    },
  }),
  core('podtemplates', 'PodTemplate'),
  core('replicationcontrollers', 'ReplicationController', { shortNames: ['rc'], categories: ['all'], generation: true, subresources: { ...SCALE, ...STATUS } }),
  core('resourcequotas', 'ResourceQuota', { shortNames: ['quota'], subresources: STATUS }),
  core('secrets', 'Secret'),
  core('serviceaccounts', 'ServiceAccount', { shortNames: ['sa'], subresources: { token: CREATE } }),
  core('services', 'Service', { shortNames: ['svc'], categories: ['all'], subresources: { proxy: ['create', 'delete', 'get', 'patch', 'update'], ...STATUS } }),

  apps('controllerrevisions', 'ControllerRevision'),
  apps('daemonsets', 'DaemonSet', { shortNames: ['ds'], categories: ['all'], generation: true, subresources: STATUS }),
  apps('deployments', 'Deployment', { shortNames: ['deploy'], categories: ['all'], generation: true, subresources: { ...SCALE, ...STATUS } }),
  apps('replicasets', 'ReplicaSet', { shortNames: ['rs'], categories: ['all'], generation: true, subresources: { ...SCALE, ...STATUS } }),
  apps('statefulsets', 'StatefulSet', { shortNames: ['sts'], categories: ['all'], generation: true, subresources: { ...SCALE, ...STATUS } }),

  resource('authentication.k8s.io', 'v1', 'selfsubjectreviews', 'SelfSubjectReview', { ...wide, ...asked }),
  resource('authentication.k8s.io', 'v1', 'tokenreviews', 'TokenReview', { ...wide, ...asked }),
  resource('authorization.k8s.io', 'v1', 'localsubjectaccessreviews', 'LocalSubjectAccessReview', asked),
  resource('authorization.k8s.io', 'v1', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', { ...wide, ...asked }),
  resource('authorization.k8s.io', 'v1', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', { ...wide, ...asked }),
  resource('authorization.k8s.io', 'v1', 'subjectaccessreviews', 'SubjectAccessReview', { ...wide, ...asked }),

  resource('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', { shortNames: ['hpa'], categories: ['all'], subresources: STATUS }),
  resource('batch', 'v1', 'cronjobs', 'CronJob', { shortNames: ['cj'], categories: ['all'], generation: true, subresources: STATUS }),
  resource('batch', 'v1', 'jobs', 'Job', { categories: ['all'], generation: true, subresources: STATUS }),
  resource('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  resource('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice', { generation: true }),
  resource('events.k8s.io', 'v1', 'events', 'Event', { shortNames: ['ev'] }),
  resource('networking.k8s.io', 'v1', 'ingressclasses', 'IngressClass', { ...wide, generation: true }),
  resource('networking.k8s.io', 'v1', 'ingresses', 'Ingress', { shortNames: ['ing'], generation: true, subresources: STATUS }),
  resource('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy', { singular: 'networkpolicy', shortNames: ['netpol'], generation: true }),
  resource('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget', { shortNames: ['pdb'], generation: true, subresources: STATUS }),
  rbac('clusterrolebindings', 'ClusterRoleBinding', wide),
  rbac('clusterroles', 'ClusterRole', wide),
  rbac('rolebindings', 'RoleBinding'),
  rbac('roles', 'Role'),
  resource('scheduling.k8s.io', 'v1', 'priorityclasses', 'PriorityClass', { ...wide, shortNames: ['pc'], generation: true }),
  resource('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass', { ...wide, shortNames: ['sc'] }),
]

const byPath = new Map(resources.map((r) => [`${r.group}/${r.version}/${r.plural}`, r]))
const byName = new Map()
for (const r of resources) if (!byName.has(r.plural)) byName.set(r.plural, r)

// The resource that a path names, or undefined.
export const resourceAt = (group, version, plural) => byPath.get(`${group}/${version}/${plural}`)

// The resource of a plural name; events are those of the core group.
export function resourceNamed(plural) {
  const found = byName.get(plural)
  if (!found) throw new Error(`the lab knows no resource ${plural}`)
  return found
}

export const apiVersionOf = ({ group, version }) => (group ? `${group}/${version}` : version)

// As messages and RBAC name it: deployments.apps, pods.
export const qualified = ({ group, plural }) => (group ? `${plural}.${group}` : plural)

// The resource of an owner reference or an involvedObject, or undefined.
export const resourceOfKind = (apiVersion, kind) => resources.find((r) => r.kind === kind && apiVersionOf(r) === apiVersion)
