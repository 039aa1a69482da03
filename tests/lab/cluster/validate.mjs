// The mistakes that the API server refuses and that users of the lab make: names, selectors, containers, ports.
import { isDeepStrictEqual } from 'node:util'
import { invalid } from './errors.mjs'
import { resourceNamed } from './resources.mjs'
import { selects } from './selectors.mjs'

const SUBDOMAIN = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, longest: 253,
  says: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
}
const LABEL = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, longest: 63,
  says: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
}
const DNS1035 = {
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/, longest: 63,
  says: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
}
const PATH_SEGMENT = { pattern: /^(?!\.{1,2}$)[^/%]+$/, longest: 253, says: "may not contain '/' or '%'" }
const NAMES = { services: DNS1035, namespaces: LABEL, roles: PATH_SEGMENT, rolebindings: PATH_SEGMENT, clusterroles: PATH_SEGMENT, clusterrolebindings: PATH_SEGMENT }

const bad = (field, value, why) => ({ field, reason: 'FieldValueInvalid', message: `Invalid value: ${value}: ${why}` })
const required = (field, why) => ({ field, reason: 'FieldValueRequired', message: `Required value${why ? `: ${why}` : ''}` })

const inGo = (labels) => (labels === undefined ? 'map[string]string(nil)' : `map[string]string{${Object.entries(labels).sort().map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(', ')}}`)
const goSelector = ({ matchLabels }) => `v1.LabelSelector{MatchLabels:${inGo(matchLabels ?? {})}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}`

const LABEL_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const LABEL_CHARACTERS = "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

function* names(plural, { metadata: { name, labels } }) {
  const rule = NAMES[plural] ?? SUBDOMAIN
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (!LABEL_NAME.test(key.split('/').at(-1))) yield bad('metadata.labels', JSON.stringify(key), `name part must consist of ${LABEL_CHARACTERS}`)
    else if (value && !LABEL_NAME.test(value)) yield bad('metadata.labels', JSON.stringify(value), `a valid label must be an empty string or consist of ${LABEL_CHARACTERS.replace(/'MyName'.*'123-abc'/, "'MyValue',  or 'my_value',  or '12345'").replace('([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]', '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')}`)
  }
  if (!rule.pattern.test(name)) yield bad('metadata.name', JSON.stringify(name), rule.says)
  else if (name.length > rule.longest) yield { field: 'metadata.name', reason: 'FieldValueTooLong', message: `Too long: may not be more than ${rule.longest} bytes` }
}

const isPort = (n) => Number.isInteger(n) && n >= 1 && n <= 65535
const PORT = 'must be between 1 and 65535, inclusive'

function* containers(spec, at) {
  if (!spec?.containers?.length) yield required(`${at}.containers`)
  for (const [index, c] of (spec?.containers ?? []).entries()) {
    const here = `${at}.containers[${index}]`
    if (!c.name) yield required(`${here}.name`)
    else if (!LABEL.pattern.test(c.name)) yield bad(`${here}.name`, JSON.stringify(c.name), LABEL.says)
    if (!c.image) yield required(`${here}.image`)
    for (const [i, p] of (c.ports ?? []).entries()) if (!isPort(p.containerPort)) yield bad(`${here}.ports[${i}].containerPort`, p.containerPort, PORT)
    for (const [i, e] of (c.env ?? []).entries()) {
      if (!e.name) yield required(`${here}.env[${i}].name`)
      else if (e.value && e.valueFrom) yield bad(`${here}.env[${i}].valueFrom`, '""', 'may not be specified when `value` is not empty')
    }
  }
}

function* workload({ spec }, old) {
  const labels = spec?.template?.metadata?.labels
  if (!spec?.selector) yield required('spec.selector')
  if (!spec?.selector || !selects(spec.selector, labels)) yield bad('spec.template.metadata.labels', inGo(labels), '`selector` does not match template `labels`')
  yield* containers(spec?.template?.spec, 'spec.template.spec')
  if (spec?.replicas < 0) yield bad('spec.replicas', spec.replicas, 'must be greater than or equal to 0')
  if (old && spec?.selector && !isDeepStrictEqual(old.spec.selector, spec.selector)) yield bad('spec.selector', goSelector(spec.selector), 'field is immutable')
}

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']

function* service({ spec = {} }, old) {
  if (!spec.ports?.length && spec.type !== 'ExternalName' && spec.clusterIP !== 'None') yield required('spec.ports')
  if (!TYPES.includes(spec.type)) yield { field: 'spec.type', reason: 'FieldValueNotSupported', message: `Unsupported value: ${JSON.stringify(spec.type)}: supported values: ${TYPES.map((t) => JSON.stringify(t)).join(', ')}` }
  for (const [i, p] of (spec.ports ?? []).entries()) {
    if (!isPort(p.port)) yield bad(`spec.ports[${i}].port`, p.port, PORT)
    if (typeof p.targetPort === 'number' && !isPort(p.targetPort)) yield bad(`spec.ports[${i}].targetPort`, p.targetPort, PORT)
    if (spec.ports.length > 1 && !p.name) yield required(`spec.ports[${i}].name`)
  }
  const was = old?.spec.clusterIP
  if (was && spec.clusterIP && spec.clusterIP !== was && spec.type === old.spec.type) yield bad('spec.clusterIPs[0]', `[]string{${JSON.stringify(spec.clusterIP)}}`, 'may not change once set')
}

const MUTABLE = ['activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds', 'nodeName', 'ephemeralContainers', 'schedulingGates', 'nodeSelector', 'affinity']

// Of a pod's spec little may change but images.
function* pod({ spec }, old) {
  yield* containers(spec, 'spec')
  if (!old) return
  const fixed = (s) => Object.fromEntries(Object.entries(s).filter(([k]) => !MUTABLE.includes(k)).map(([k, v]) => [k, /ontainers$/.test(k) ? v.map((c) => ({ ...c, image: '' })) : v]))
  if (!isDeepStrictEqual(fixed(spec), fixed(old.spec))) {
    yield {
      field: 'spec', reason: 'FieldValueForbidden',
      message: 'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    }
  }
}

function* keyedData(object, old) {
  for (const key of Object.keys({ ...object.data, ...object.binaryData })) {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) yield bad(`data[${key}]`, JSON.stringify(key), "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')")
  }

  if (old?.immutable && !(object.immutable && isDeepStrictEqual(object.data, old.data))) yield { field: 'data', reason: 'FieldValueForbidden', message: 'Forbidden: field is immutable when `immutable` is set' }
}

function* binding({ roleRef }, old) {
  if (old && !isDeepStrictEqual(old.roleRef, roleRef)) yield bad('roleRef', JSON.stringify(roleRef), 'cannot change roleRef')
}

const rules = {
  deployments: workload, replicasets: workload, statefulsets: workload, daemonsets: workload, services: service, pods: pod,
  configmaps: keyedData, secrets: keyedData, rolebindings: binding, clusterrolebindings: binding,
}

// Throws 422 with every mistake of OBJECT, which is to take the place of OLD (undefined: it is new).
export function validate(plural, object, old) {
  const mistakes = [...(old ? [] : names(plural, object)), ...(rules[plural]?.(object, old) ?? [])]
  if (mistakes.length) throw invalid(resourceNamed(plural), object.metadata.name, mistakes)
}

