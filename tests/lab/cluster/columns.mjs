// The columns of each kind, named and filled as the real server does.
import { age, duration } from './duration.mjs'
import { podReady, podRestarts, podStatus } from './podcolumns.mjs'
import { selectorText } from './scale.mjs'

const NONE = '<none>'
const UNSET = '<unset>'

const column = (name, cell, more = {}) => ({ name, cell, type: 'string', format: '', description: '', priority: 0, ...more })
const wide = (name, cell, more = {}) => column(name, cell, { priority: 1, ...more })
const count = (name, cell) => column(name, (o) => cell(o) ?? 0, { type: 'integer' })

const NAME = column('Name', (o) => o.metadata.name, { format: 'name' })
const AGE = column('Age', (o) => age(o.metadata.creationTimestamp))
const CREATED = column('Created At', (o) => o.metadata.creationTimestamp, { type: 'date' })

const containersOf = (o) => o.spec.template?.spec?.containers ?? []
const CONTAINERS = wide('Containers', (o) => containersOf(o).map((c) => c.name).join(','))
const IMAGES = wide('Images', (o) => containersOf(o).map((c) => c.image).join(','))
const SELECTOR = wide('Selector', (o) => selectorText(o.spec.selector))

const firstFew = (values, most) => (values.length > most ? `${values.slice(0, most).join(',')} + ${values.length - most} more...` : values.join(','))
const size = (o) => Object.keys(o ?? {}).length

function servicePorts({ spec }) {
  return (spec.ports ?? []).map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol}`).join(',') || NONE
}

function externalAddress({ spec, status }) {
  if (spec.type === 'ExternalName') return spec.externalName
  const balanced = (status?.loadBalancer?.ingress ?? []).map((i) => i.ip ?? i.hostname)
  const all = [...balanced, ...(spec.externalIPs ?? [])]
  if (spec.type === 'LoadBalancer' && all.length === 0) return '<pending>'
  return all.join(',') || NONE
}

function endpoints({ subsets = [] }) {
  const ready = (subsets ?? []).flatMap((s) => (s.addresses ?? []).flatMap((a) => (s.ports ?? [{}]).map((p) => (p.port ? `${a.ip}:${p.port}` : a.ip))))
  return firstFew(ready, 3) || NONE
}

const lastSeen = (e) => e.series?.lastObservedTime ?? e.lastTimestamp ?? e.eventTime ?? e.metadata.creationTimestamp
const firstSeen = (e) => e.firstTimestamp ?? e.eventTime ?? e.metadata.creationTimestamp
const source = (e) => [e.source?.component || e.reportingComponent, e.source?.host || e.reportingInstance].filter(Boolean).join(', ')
const involved = ({ involvedObject: o }) => `${o.kind?.toLowerCase()}/${o.name}`

const subjects = (kind) => (o) => (o.subjects ?? []).filter((s) => s.kind === kind).map((s) => (s.namespace ? `${s.namespace}/${s.name}` : s.name)).join(', ')
const BINDING = [
  NAME, column('Role', (o) => `${o.roleRef.kind}/${o.roleRef.name}`), AGE,
  wide('Users', subjects('User')), wide('Groups', subjects('Group')), wide('ServiceAccounts', subjects('ServiceAccount')),
]

const nodeAddress = (kind) => (o) => o.status?.addresses?.find((a) => a.type === kind)?.address ?? NONE
function nodeStatus({ status, spec }) {
  const ready = status?.conditions?.find((c) => c.type === 'Ready')
  const words = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown', ...(spec?.unschedulable ? ['SchedulingDisabled'] : [])]
  return words.join(',')
}
const nodeRoles = (o) => Object.keys(o.metadata.labels ?? {}).map((l) => /^node-role\.kubernetes\.io\/(.+)$/.exec(l)?.[1]).filter(Boolean).join(',') || NONE

const ACCESS = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' }
const access = (modes = []) => modes.map((m) => ACCESS[m]).join(',')
const quota = (kind) => ({ status }) => Object.keys(status?.hard ?? {}).sort().filter((r) => r.startsWith('limits.') === (kind === 'limits'))
  .map((r) => `${r}: ${status.used?.[r] ?? '0'}/${status.hard[r]}`).join(', ')

const kinds = {
  pods: [
    NAME, column('Ready', podReady), column('Status', podStatus), column('Restarts', podRestarts), AGE, wide('IP', (o) => o.status?.podIP ?? NONE),
    wide('Node', (o) => o.spec.nodeName ?? NONE), wide('Nominated Node', (o) => o.status?.nominatedNodeName ?? NONE), wide('Readiness Gates', () => NONE),
  ],
  deployments: [
    NAME, column('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas}`), column('Up-to-date', (o) => o.status?.updatedReplicas ?? 0),
    column('Available', (o) => o.status?.availableReplicas ?? 0), AGE, CONTAINERS, IMAGES, SELECTOR,
  ],
  replicasets: [
    NAME, count('Desired', (o) => o.spec.replicas), count('Current', (o) => o.status?.replicas), count('Ready', (o) => o.status?.readyReplicas), AGE,
    CONTAINERS, IMAGES, SELECTOR,
  ],
  statefulsets: [NAME, column('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas}`), AGE, CONTAINERS, IMAGES],
  daemonsets: [
    NAME, count('Desired', (o) => o.status?.desiredNumberScheduled), count('Current', (o) => o.status?.currentNumberScheduled),
    count('Ready', (o) => o.status?.numberReady), count('Up-to-date', (o) => o.status?.updatedNumberScheduled), count('Available', (o) => o.status?.numberAvailable),
    column('Node Selector', (o) => selectorText({ matchLabels: o.spec.template.spec.nodeSelector }) || NONE), AGE, CONTAINERS, IMAGES, SELECTOR,
  ],
  jobs: [
    NAME, column('Status', ({ status }) => (status?.conditions ?? []).find((c) => c.status === 'True' && ['Complete', 'Failed'].includes(c.type))?.type ?? 'Running'),
    column('Completions', ({ spec, status }) => `${status?.succeeded ?? 0}/${spec.completions ?? 1}`),
    column('Duration', ({ status }) => (status?.startTime ? duration(Date.parse(status.completionTime ?? new Date()) - Date.parse(status.startTime)) : '')), AGE,
    CONTAINERS, IMAGES, SELECTOR,
  ],
  services: [
    NAME, column('Type', (o) => o.spec.type), column('Cluster-IP', (o) => o.spec.clusterIP || NONE), column('External-IP', externalAddress),
    column('Port(s)', servicePorts), AGE, wide('Selector', (o) => selectorText({ matchLabels: o.spec.selector }) || NONE),
  ],
  endpoints: [NAME, column('Endpoints', endpoints), AGE],
  endpointslices: [
    NAME, column('AddressType', (o) => o.addressType), column('Ports', (o) => firstFew((o.ports ?? []).map((p) => `${p.port ?? '*'}`), 3) || UNSET),
    column('Endpoints', (o) => firstFew((o.endpoints ?? []).flatMap((e) => e.addresses), 3) || UNSET), AGE,
  ],
  events: [
    column('Last Seen', (o) => age(lastSeen(o))), column('Type', (o) => o.type), column('Reason', (o) => o.reason), column('Object', involved),
    wide('Subobject', (o) => o.involvedObject.fieldPath ?? ''), wide('Source', source), column('Message', (o) => o.message.trim()),
    wide('First Seen', (o) => age(firstSeen(o))), wide('Count', (o) => o.series?.count ?? o.count ?? 1), { ...NAME, priority: 1 },
  ],
  configmaps: [NAME, column('Data', (o) => size(o.data) + size(o.binaryData)), AGE],
  secrets: [NAME, column('Type', (o) => o.type), column('Data', (o) => size(o.data)), AGE],
  serviceaccounts: [NAME, column('Secrets', (o) => (o.secrets ?? []).length), AGE],
  namespaces: [NAME, column('Status', (o) => o.status?.phase), AGE],
  nodes: [
    NAME, column('Status', nodeStatus), column('Roles', nodeRoles), AGE, column('Version', (o) => o.status?.nodeInfo?.kubeletVersion ?? ''),
    wide('Internal-IP', nodeAddress('InternalIP')), wide('External-IP', nodeAddress('ExternalIP')), wide('OS-Image', (o) => o.status?.nodeInfo?.osImage ?? '<unknown>'),
    wide('Kernel-Version', (o) => o.status?.nodeInfo?.kernelVersion ?? '<unknown>'), wide('Container-Runtime', (o) => o.status?.nodeInfo?.containerRuntimeVersion ?? '<unknown>'),
  ],
  roles: [NAME, CREATED], clusterroles: [NAME, CREATED], rolebindings: BINDING, clusterrolebindings: BINDING, limitranges: [NAME, CREATED],
  ingresses: [
    NAME, column('Class', (o) => o.spec?.ingressClassName ?? NONE), column('Hosts', (o) => (o.spec?.rules ?? []).map((r) => r.host).filter(Boolean).join(',') || '*'),
    column('Address', (o) => (o.status?.loadBalancer?.ingress ?? []).map((i) => i.ip ?? i.hostname).join(',')),
    column('Ports', (o) => (o.spec?.tls?.length ? '80, 443' : '80')), AGE,
  ],
  networkpolicies: [NAME, column('Pod-Selector', (o) => selectorText(o.spec?.podSelector) || NONE), AGE],
  resourcequotas: [NAME, column('Request', quota('requests')), column('Limit', quota('limits')), AGE],
  persistentvolumeclaims: [
    NAME, column('Status', (o) => o.status?.phase), column('Volume', (o) => o.spec.volumeName ?? ''), column('Capacity', (o) => o.status?.capacity?.storage ?? ''),
    column('Access Modes', (o) => access(o.status?.accessModes)), column('StorageClass', (o) => o.spec.storageClassName ?? ''), column('VolumeAttributesClass', () => UNSET), AGE,
    wide('VolumeMode', (o) => o.spec.volumeMode ?? UNSET),
  ],
  leases: [NAME, column('Holder', (o) => o.spec?.holderIdentity ?? ''), AGE],
}

export const columnsOf = ({ plural }) => kinds[plural] ?? [NAME, CREATED]
