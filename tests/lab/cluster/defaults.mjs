// What the API server fills in where an object leaves it out, as `kubectl get -o json` shows it on a real cluster.
import { randomBytes } from 'node:crypto'
import { canonicalResources } from './canonical.mjs'

// Sets what is missing in TARGET and returns it.
function fill(target, values) {
  for (const [key, value] of Object.entries(values)) if (target[key] === undefined || target[key] === null) target[key] = value
  return target
}

const latest = (image = '') => !image.includes('@') && (!/:[^/]*$/.test(image) || image.endsWith(':latest'))

function probe(p) {
  if (!p) return
  fill(p, { failureThreshold: 3, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 1 })
  if (p.httpGet) fill(p.httpGet, { path: '/', scheme: 'HTTP' })
}

function container(c) {
  fill(c, {
    imagePullPolicy: latest(c.image) ? 'Always' : 'IfNotPresent', resources: {},
    terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File',
  })
  canonicalResources(c.resources)
  for (const port of c.ports ?? []) fill(port, { protocol: 'TCP' })
  for (const p of [c.readinessProbe, c.livenessProbe, c.startupProbe]) probe(p)
  for (const hook of [c.lifecycle?.postStart, c.lifecycle?.preStop]) if (hook?.httpGet) fill(hook.httpGet, { path: '/', scheme: 'HTTP' })
  for (const variable of c.env ?? []) if (variable.valueFrom?.fieldRef) fill(variable.valueFrom.fieldRef, { apiVersion: 'v1' })
}

const VOLUME_MODES = { configMap: 420, secret: 420, downwardAPI: 420, projected: 420 }

function volume(v) {
  for (const [source, defaultMode] of Object.entries(VOLUME_MODES)) if (v[source]) fill(v[source], { defaultMode })
  if (Object.keys(v).every((k) => k === 'name')) v.emptyDir = {}
  if (v.hostPath) fill(v.hostPath, { type: '' })
}

function podSpec(spec) {
  if (!spec) return
  for (const c of [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])]) container(c)
  for (const v of spec.volumes ?? []) volume(v)
  fill(spec, {
    dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', schedulerName: 'default-scheduler', securityContext: {},
    terminationGracePeriodSeconds: 30,
  })
  if (spec.serviceAccountName && !spec.serviceAccount) spec.serviceAccount = spec.serviceAccountName
  if (spec.serviceAccount && !spec.serviceAccountName) spec.serviceAccountName = spec.serviceAccount
}

function template(t) {
  if (!t) return
  fill(t, { metadata: {} })
  if (t.metadata.creationTimestamp === undefined) t.metadata.creationTimestamp = null
  podSpec(t.spec)
}

// Quality of service: requests and limits of cpu and memory, over all containers.
export function qosClass(spec) {
  const all = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((c) => c.resources ?? {})
  const said = all.flatMap(({ requests, limits }) => [...Object.keys(requests ?? {}), ...Object.keys(limits ?? {})])
  if (!said.some((r) => r === 'cpu' || r === 'memory')) return 'BestEffort'
  const tight = all.every(({ requests, limits }) => ['cpu', 'memory'].every((r) => limits?.[r] && (requests?.[r] ?? limits[r]) === limits[r]))
  return tight ? 'Guaranteed' : 'Burstable'
}

const suffix = () => [...randomBytes(5)].map((b) => 'bcdfghjklmnpqrstvwxz2456789'[b % 27]).join('')

const unschedulable = (taint) => ({ effect: 'NoExecute', key: `node.kubernetes.io/${taint}`, operator: 'Exists', tolerationSeconds: 300 })

function pod(object) {
  const { spec } = object
  if (!spec) return
  podSpec(spec)
  for (const { resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    if (resources.limits) resources.requests = { ...resources.limits, ...resources.requests }
  }
  fill(spec, { enableServiceLinks: true })
  object.status = fill(object.status ?? {}, { phase: 'Pending', qosClass: qosClass(spec) })
}

// What the admission plugins of a usual cluster add to a new pod: priority, service account, its token, tolerations.
export function admitPod({ spec }) {
  fill(spec, { preemptionPolicy: 'PreemptLowerPriority', priority: 0, serviceAccountName: 'default' })
  spec.serviceAccount = spec.serviceAccountName
  spec.tolerations ??= []
  for (const taint of ['not-ready', 'unreachable']) {
    if (!spec.tolerations.some((t) => t.key === `node.kubernetes.io/${taint}`)) spec.tolerations.push(unschedulable(taint))
  }
  if (spec.automountServiceAccountToken !== false) mountToken(spec)
}

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'

function mountToken(spec) {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  const without = containers.filter((c) => !c.volumeMounts?.some((m) => m.mountPath === TOKEN_PATH))
  if (without.length === 0) return
  const name = `kube-api-access-${suffix()}`
  for (const c of without) (c.volumeMounts ??= []).push({ mountPath: TOKEN_PATH, name, readOnly: true })
  const namespace = { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' }, path: 'namespace' }
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: 'kube-root-ca.crt' } },
    { downwardAPI: { items: [namespace] } },
  ]
  ;(spec.volumes ??= []).push({ name, projected: { defaultMode: 420, sources } })
}

function workload(object, values, status = {}) {
  if (!object.spec) return
  fill(object.spec, values)
  template(object.spec.template)
  object.status ??= status
}

function deployment(object) {
  workload(object, { progressDeadlineSeconds: 600, replicas: 1, revisionHistoryLimit: 10, strategy: {} })
  const strategy = fill(object.spec?.strategy ?? {}, { type: 'RollingUpdate' })
  if (strategy.type === 'RollingUpdate') strategy.rollingUpdate = fill(strategy.rollingUpdate ?? {}, { maxSurge: '25%', maxUnavailable: '25%' })
}

function service(object) {
  const { spec } = object
  if (!spec) return
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' })
  for (const port of spec.ports ?? []) fill(port, { protocol: 'TCP', targetPort: port.port })
  if (spec.clusterIP === 'None' && !spec.selector) fill(spec, { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' })
  if (spec.type !== 'ExternalName') fill(spec, { internalTrafficPolicy: 'Cluster', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') fill(spec, { externalTrafficPolicy: 'Cluster' })
  if (spec.type === 'LoadBalancer') fill(spec, { allocateLoadBalancerNodePorts: true })
  object.status = fill(object.status ?? {}, { loadBalancer: {} })
}

function secret(object) {
  fill(object, { type: 'Opaque' })
  for (const [key, text] of Object.entries(object.stringData ?? {})) (object.data ??= {})[key] = Buffer.from(text).toString('base64')
  delete object.stringData
}

function namespace(object) {
  object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name }
  object.spec = fill(object.spec ?? {}, { finalizers: ['kubernetes'] })
  object.status = fill(object.status ?? {}, { phase: 'Active' })
}

function binding(object) {
  if (object.roleRef) fill(object.roleRef, { apiGroup: 'rbac.authorization.k8s.io' })
  for (const subject of object.subjects ?? []) if (subject.kind !== 'ServiceAccount') fill(subject, { apiGroup: 'rbac.authorization.k8s.io' })
}

const byResource = {
  pods: pod,
  deployments: deployment,
  replicasets: (o) => workload(o, { replicas: 1 }),
  replicationcontrollers: (o) => workload(o, { replicas: 1 }),
  statefulsets: (o) => workload(o, { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' } }, { replicas: 0, availableReplicas: 0 }),
  daemonsets: (o) => workload(o, { revisionHistoryLimit: 10, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } }),
  jobs: (o) => workload(o, { backoffLimit: 6, completionMode: 'NonIndexed', completions: 1, parallelism: 1, suspend: false, podReplacementPolicy: 'TerminatingOrFailed', manualSelector: undefined }),
  services: service,
  secrets: secret,
  namespaces: namespace,
  rolebindings: binding,
  clusterrolebindings: binding,
  persistentvolumes: (o) => { fill(o.spec ?? {}, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }); o.status = fill(o.status ?? {}, { phase: 'Available' }) },
  persistentvolumeclaims: (o) => { fill(o.spec ?? {}, { volumeMode: 'Filesystem' }); o.status = fill(o.status ?? {}, { phase: 'Pending' }) },
  resourcequotas: (o) => {
    canonicalResources(o.spec)
    o.status ??= {}
  },
  ingresses: (o) => { o.status = fill(o.status ?? {}, { loadBalancer: {} }) },
  networkpolicies: (o) => {
    if (!o.spec) return
    fill(o.spec, { podSelector: {}, policyTypes: o.spec.egress ? ['Ingress', 'Egress'] : ['Ingress'] })
    for (const rule of [...(o.spec.ingress ?? []), ...(o.spec.egress ?? [])]) for (const port of rule.ports ?? []) fill(port, { protocol: 'TCP' })
  },
  events: (o) => {
    for (const key of ['firstTimestamp', 'lastTimestamp', 'eventTime']) if (o[key] === undefined) o[key] = null
    fill(o, { source: {}, reportingComponent: '', reportingInstance: '' })
  },
}

// Changes OBJECT, which is to be stored as a resource of PLURAL, in place.
export const setDefaults = (plural, object) => byResource[plural]?.(object)
export { suffix }
