// As much OpenAPI as kubectl reads before it sends: which kinds can be patched, and that dry runs and field validation
// are understood. Version 3 is JSON, one document for each API version; version 2 is one document in protobuf, without
// definitions, so that kubectl leaves validation to the server.
import { apiVersionOf, resources } from './resources.mjs'

const QUERY = ['dryRun', 'fieldManager', 'fieldValidation']
const KIND = 'x-kubernetes-group-version-kind'
const TITLE = 'Kubernetes'

const stored = resources.filter((r) => r.stored)
const pathOf = (r) => `${r.group ? '/apis' : '/api'}/${apiVersionOf(r)}/${r.namespaced ? 'namespaces/{namespace}/' : ''}${r.plural}/{name}`

export function openapiV3(group, version, release) {
  const paths = {}
  for (const r of stored.filter((s) => s.group === group && s.version === version)) {
    const operation = (action) => ({
      'x-kubernetes-action': action, [KIND]: { group: r.group, kind: r.kind, version: r.version },
      parameters: QUERY.map((name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } })), responses: { 200: { description: 'OK' } },
    })
    paths[pathOf(r)] = { patch: operation('patch'), put: operation('put') }
  }
  return { openapi: '3.0.0', info: { title: TITLE, version: release }, paths, components: { schemas: {} } }
}

function varint(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]
}

// Field NUMBER with CONTENT, text or the fields of a message.
function field(number, ...content) {
  const bytes = Buffer.concat(content.map((c) => Buffer.from(c)))
  return Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes])
}

// The numbers are those of the OpenAPI 2 schema of gnostic.
const [SWAGGER, INFO, PATHS, DEFINITIONS] = [1, 2, 8, 9]

function patchOperation({ group, kind, version }) {
  const parameters = QUERY.map((name) => field(8, field(1, field(2, field(3, field(2, 'query'), field(4, name), field(6, 'string'))))))
  const extension = field(13, field(1, KIND), field(2, field(2, `group: "${group}"\nkind: ${kind}\nversion: ${version}\n`)))
  return field(8, ...parameters, extension)
}

export function openapiV2(release) {
  const paths = stored.map((r) => field(2, field(1, pathOf(r)), field(2, patchOperation(r))))
  return Buffer.concat([field(SWAGGER, '2.0'), field(INFO, field(1, TITLE), field(2, release)), field(PATHS, ...paths), field(DEFINITIONS, '')])
}
