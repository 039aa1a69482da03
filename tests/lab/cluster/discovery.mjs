// What the API offers, in the shapes that kubectl asks for: one list for each group, all at once, and OpenAPI.
import { openapiV2, openapiV3 } from './openapi.mjs'
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
  '/openapi/v2': () => ({ type: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf', body: openapiV2(VERSION.gitVersion) }),
  '/openapi/v3': () => ({ body: { paths: Object.fromEntries(groupVersions.map((gv) => [pathOf(gv), { serverRelativeURL: `/openapi/v3/${pathOf(gv)}` }])) } }),
}
pages['/'] = () => ({ body: { paths: Object.keys(pages) }, pretty: true })
for (const name of groups) pages[`/apis/${name}`] = () => ({ body: { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(name) } })
for (const gv of groupVersions) {
  const of = resources.filter((r) => r.group === gv[0] && r.version === gv[1])
  pages[`/${pathOf(gv)}`] = () => ({ body: resourceList(of) })
  pages[`/openapi/v3/${pathOf(gv)}`] = () => ({ body: openapiV3(...gv, VERSION.gitVersion) })
}

// {body, type?, pretty?} of the page at PATH for who accepts ACCEPT, or undefined.
export const discover = (path, accept = '') => pages[path.length > 1 ? path.replace(/\/$/, '') : path]?.(accept)
