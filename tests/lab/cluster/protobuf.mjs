// The protobuf bodies that kubectl's typed commands send (create, auth can-i, create token): as much of the schema as
// they use. Answers are JSON, which these clients accept too.

// A field is number: [name, type]; types end in [] where repeated, 'map:T' is a map from strings. A number or text
// that is empty was not set, except where the type ends in '?'.
const META = { 1: ['name', 'string'], 2: ['generateName', 'string'], 3: ['namespace', 'string'], 6: ['resourceVersion', 'string'], 11: ['labels', 'map:string'], 12: ['annotations', 'map:string'], 14: ['finalizers', 'string[]'] }
const object = (fields) => ({ 1: ['metadata', META], ...fields })
const RULE = { 1: ['verbs', 'string[]'], 2: ['apiGroups', 'string[]'], 3: ['resources', 'string[]'], 4: ['resourceNames', 'string[]'], 5: ['nonResourceURLs', 'string[]'] }
const SUBJECT = { 1: ['kind', 'string'], 2: ['apiGroup', 'string'], 3: ['name', 'string'], 4: ['namespace', 'string'] }
const ROLE = object({ 2: ['rules', [RULE]] })
const BINDING = object({ 2: ['subjects', [SUBJECT]], 3: ['roleRef', { 1: ['apiGroup', 'string'], 2: ['kind', 'string'], 3: ['name', 'string'] }] })
const ATTRIBUTES = {
  1: ['resourceAttributes', {
    1: ['namespace', 'string'], 2: ['verb', 'string'], 3: ['group', 'string'], 4: ['version', 'string'], 5: ['resource', 'string'],
    6: ['subresource', 'string'], 7: ['name', 'string'],
  }],
  2: ['nonResourceAttributes', { 1: ['path', 'string'], 2: ['verb', 'string'] }],
}
const QUANTITY = { 1: ['string', 'string'] }
const CONTAINER = {
  1: ['name', 'string'], 2: ['image', 'string'], 3: ['command', 'string[]'], 4: ['args', 'string[]'],
  6: ['ports', [{ 1: ['name', 'string'], 3: ['containerPort', 'int'], 4: ['protocol', 'string'] }]], 7: ['env', [{ 1: ['name', 'string'], 2: ['value', 'string'] }]],
  12: ['terminationMessagePath', 'string'], 14: ['imagePullPolicy', 'string'],
}
const TEMPLATE = object({ 2: ['spec', { 2: ['containers', [CONTAINER]], 3: ['restartPolicy', 'string'] }] })
const SELECTOR = { 1: ['matchLabels', 'map:string'] }
const INT_OR_STRING = { 1: ['type', 'int'], 2: ['intVal', 'int'], 3: ['strVal', 'string'] }
const SERVICE_PORT = { 1: ['name', 'string'], 2: ['protocol', 'string'], 3: ['port', 'int'], 4: ['targetPort', INT_OR_STRING], 5: ['nodePort', 'int'] }

const KINDS = {
  Namespace: object({}),
  ConfigMap: object({ 2: ['data', 'map:string?'], 3: ['binaryData', 'map:bytes'] }),
  Secret: object({ 2: ['data', 'map:bytes'], 3: ['type', 'string'], 4: ['stringData', 'map:string?'] }),
  ServiceAccount: object({}),
  Role: ROLE, ClusterRole: ROLE, RoleBinding: BINDING, ClusterRoleBinding: BINDING,
  ResourceQuota: object({ 2: ['spec', { 1: ['hard', ['map', QUANTITY]] }] }),
  Deployment: object({ 2: ['spec', { 1: ['replicas', 'int?'], 2: ['selector', SELECTOR], 3: ['template', TEMPLATE] }] }),
  Job: object({ 2: ['spec', { 6: ['template', TEMPLATE] }] }),
  Service: object({ 2: ['spec', { 1: ['ports', [SERVICE_PORT]], 2: ['selector', 'map:string'], 3: ['clusterIP', 'string'], 4: ['type', 'string'], 10: ['externalName', 'string'] }] }),
  TokenRequest: object({ 2: ['spec', { 1: ['audiences', 'string[]'], 4: ['expirationSeconds', 'int'] }] }),
  SelfSubjectAccessReview: object({ 2: ['spec', ATTRIBUTES] }),
  SelfSubjectRulesReview: object({ 2: ['spec', { 1: ['namespace', 'string'] }] }),
  SelfSubjectReview: object({}),
}

const MAGIC = Buffer.from('k8s\0')
const UNKNOWN = { 1: ['type', { 1: ['apiVersion', 'string'], 2: ['kind', 'string'] }], 2: ['raw', 'raw'] }

// The number at OFFSET, seven bits a byte, and the offset behind it.
function varint(bytes, offset) {
  let value = 0n
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[offset++]
    if (byte === undefined) throw new RangeError('a protobuf message ends early')
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return [Number(BigInt.asIntN(64, value)), offset]
  }
}

function* fields(bytes) {
  let offset = 0
  while (offset < bytes.length) {
    let tag
    let value
    ;[tag, offset] = varint(bytes, offset)
    if ((tag & 7) === 0) [value, offset] = varint(bytes, offset)
    else if ((tag & 7) === 2) {
      let length
      ;[length, offset] = varint(bytes, offset)
      value = bytes.subarray(offset, offset + length)
      offset += length
    } else throw new RangeError(`a protobuf message has wire type ${tag & 7}`)
    yield [tag >> 3, value]
  }
}

function single(type, value) {
  if (typeof type === 'object') return simplified(message(type, value))
  if (type.startsWith('int')) return value
  if (type === 'bytes') return value.toString('base64')
  return type === 'raw' ? value : value.toString()
}

// Two messages that JSON writes as a plain value.
function simplified(decoded) {
  if ('strVal' in decoded || 'intVal' in decoded || ('type' in decoded && Object.keys(decoded).length === 1 && decoded.type === 1)) return decoded.type === 1 ? (decoded.strVal ?? '') : (decoded.intVal ?? 0)
  return Object.keys(decoded).length === 1 && typeof decoded.string === 'string' ? decoded.string : decoded
}

const isEmpty = (value, type) => !`${type}`.endsWith('?') && (value === '' || value === 0 || (value && typeof value === 'object' && !Buffer.isBuffer(value) && Object.keys(value).length === 0))

function message(schema, bytes) {
  const decoded = {}
  for (const [number, value] of fields(bytes)) {
    const [name, type] = schema[number] ?? []
    if (!name) continue
    const of = Array.isArray(type) ? type.at(-1) : type
    if (Array.isArray(type) && type[0] === 'map') Object.assign(decoded[name] ??= {}, entry(of, value))
    else if (Array.isArray(type)) (decoded[name] ??= []).push(single(of, value))
    else if (`${type}`.startsWith('map:')) Object.assign(decoded[name] ??= {}, entry(type.slice(4).replace('?', ''), value))
    else if (`${type}`.endsWith('[]')) (decoded[name] ??= []).push(single(type.slice(0, -2), value))
    else if (!isEmpty(single(of, value), type)) decoded[name] = single(of, value)
  }
  return decoded
}

function entry(type, bytes) {
  const parts = Object.fromEntries(fields(bytes))
  const empty = Buffer.alloc(0)
  return { [(parts[1] ?? empty).toString()]: single(type, parts[2] ?? empty) }
}

// The object in BYTES, or undefined where the lab does not know its kind.
export function decodeProtobuf(bytes) {
  if (!bytes.subarray(0, 4).equals(MAGIC)) return undefined
  const { type, raw } = message(UNKNOWN, bytes.subarray(4))
  const schema = KINDS[type?.kind]
  return schema && { apiVersion: type.apiVersion, kind: type.kind, ...message(schema, raw ?? Buffer.alloc(0)) }
}
