// What the API offers, in the shapes that kubectl asks for: one list for each group, all at once, and as much OpenAPI
// as it needs to know that dry runs and field validation are understood.
import { apiVersionOf, resources } from './resources.mjs'

const groups = [...new Set(resources.map((r) => r.group))].filter(Boolean)
const ofGroup = (group) => resources.filter((r) => r.group === group)
const versionsOf = (group) => [...new Set(ofGroup(group).map((r) => r.version))]

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
const SUBRESOURCE_KINDS = {
  scale: SCALE,
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction' },
  token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  exec: { kind: 'PodExecOptions' }, attach: { kind: 'PodAttachOptions' }, portforward: { kind: 'PodPortForwardOptions' },
  binding: { kind: 'Binding' },
}
const PROXY_KINDS = { pods: 'PodProxyOptions', services: 'ServiceProxyOptions', nodes: 'NodeProxyOptions' }

function subresourceKind(resource, name) {
  return name === 'proxy' ? { kind: PROXY_KINDS[resource.plural] } : (SUBRESOURCE_KINDS[name] ?? { kind: resource.kind })
}

const nonEmpty = (members) => Object.fromEntries(Object.entries(members).filter(([, v]) => v.length > 0))

function resourceList(of) {
  const entries = of.flatMap((r) => [
    {
      name: r.plural, singularName: r.singular, namespaced: r.namespaced, kind: r.kind, verbs: r.verbs,
      ...nonEmpty({ shortNames: r.shortNames, categories: r.categories }),
    },
    ...Object.entries(r.subresources).map(([name, verbs]) => ({
      name: `${r.plural}/${name}`, singularName: '', namespaced: r.namespaced, ...subresourceKind(r, name), verbs,
    })),
  ])
  const groupVersion = apiVersionOf(of[0])
  return { kind: 'APIResourceList', ...(of[0].group ? { apiVersion: 'v1' } : {}), groupVersion, resources: entries }
}

function apiGroup(name) {
  const versions = versionsOf(name).map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions, preferredVersion: versions[0] }
}

const scopeOf = (r) => (r.namespaced ? 'Namespaced' : 'Cluster')
const responseKind = ({ group = '', version = '', kind }) => ({ group, version, kind })

function aggregated(names) {
  const items = names.map((name) => ({
    metadata: { ...(name ? { name } : {}), creationTimestamp: null },
    versions: versionsOf(name).map((version) => ({
      version,
      resources: ofGroup(name).map((r) => ({
        resource: r.plural, responseKind: responseKind({ kind: r.kind }), scope: scopeOf(r), singularResource: r.singular, verbs: r.verbs,
        ...nonEmpty({
          shortNames: r.shortNames, categories: r.categories,
          subresources: Object.entries(r.subresources).map(([s, verbs]) => ({ subresource: s, responseKind: responseKind(subresourceKind(r, s)), verbs })),
        }),
      })),
      freshness: 'Current',
    })),
  }))
  return (version) => ({ kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items })
}

// The media type and body of a discovery list where ACCEPT asks for it, else undefined.
function asAggregated(accept, names) {
  const version = /g=apidiscovery\.k8s\.io;v=(v2(?:beta1)?);as=APIGroupDiscoveryList/.exec(accept)?.[1]
  if (!version) return undefined
  return { type: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`, body: aggregated(names)(version) }
}

const parameter = (name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } })

function openapi(of) {
  const paths = {}
  for (const r of of.filter((o) => o.stored)) {
    const prefix = r.group ? `/apis/${apiVersionOf(r)}` : `/api/${r.version}`
    const operation = (action) => ({
      'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': { group: r.group, kind: r.kind, version: r.version },
      parameters: ['dryRun', 'fieldManager', 'fieldValidation'].map(parameter), responses: { 200: { description: 'OK' } },
    })
    paths[`${prefix}/${r.namespaced ? 'namespaces/{namespace}/' : ''}${r.plural}/{name}`] = { patch: operation('patch'), put: operation('put') }
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: VERSION.gitVersion }, paths, components: { schemas: {} } }
}

// For kinds without a patch operation (a List) kubectl validates by itself, by a schema in protobuf: one without
// definitions has it leave that to the server.
const chunk = (field, data) => Buffer.concat([Buffer.from([(field << 3) | 2, data.length]), Buffer.from(data)])
const OPENAPI_V2 = Buffer.concat([chunk(1, '2.0'), chunk(2, Buffer.concat([chunk(1, 'Kubernetes'), chunk(2, 'v1.33.0')])), chunk(8, ''), chunk(9, '')])

const VERSION = {
  major: '1', minor: '33', emulationMajor: '1', emulationMinor: '33', minCompatibilityMajor: '1', minCompatibilityMinor: '32',
  gitVersion: 'v1.33.0-lab', gitCommit: '', gitTreeState: '', buildDate: '1970-01-01T00:00:00Z', goVersion: '', compiler: '', platform: 'linux/amd64',
}

const groupVersions = [['', 'v1'], ...groups.flatMap((g) => versionsOf(g).map((v) => [g, v]))]
const pathOf = ([group, version]) => (group ? `apis/${group}/${version}` : `api/${version}`)
const text = (body) => ({ type: 'text/plain; charset=utf-8', body })

const pages = {
  '/version': () => ({ body: VERSION, pretty: true }),
  '/healthz': () => text('ok'), '/livez': () => text('ok'), '/readyz': () => text('ok'),
  '/api': (accept) => asAggregated(accept, ['']) ?? { body: { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:443' }] } },
  '/apis': (accept) => asAggregated(accept, groups) ?? { body: { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(apiGroup) } },
  '/openapi/v2': () => ({ type: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf', body: OPENAPI_V2 }),
  '/openapi/v3': () => ({ body: { paths: Object.fromEntries(groupVersions.map((gv) => [pathOf(gv), { serverRelativeURL: `/openapi/v3/${pathOf(gv)}` }])) } }),
}
pages['/'] = () => ({ body: { paths: Object.keys(pages) }, pretty: true })
for (const name of groups) pages[`/apis/${name}`] = () => ({ body: { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(name) } })
for (const gv of groupVersions) {
  const of = resources.filter((r) => r.group === gv[0] && r.version === gv[1])
  pages[`/${pathOf(gv)}`] = () => ({ body: resourceList(of) })
  pages[`/openapi/v3/${pathOf(gv)}`] = () => ({ body: openapi(of) })
}

// {body, type?, pretty?} of the page at PATH for who accepts ACCEPT, or undefined.
export const discover = (path, accept = '') => pages[path.length > 1 ? path.replace(/\/$/, '') : path]?.(accept)
