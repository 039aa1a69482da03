// The fields of what people write into manifests, with their types: a misspelt field or a number where text belongs
// is told as the real server tells it. What stands here as `any` is taken as it comes.

const any = 'any'
const text = 'string'
const whole = 'int32'
const flag = 'bool'
const mixed = 'int32 or string'
const texts = { list: text }
const map = { map: text }
const type = (name, fields) => ({ name, fields })
const listOf = (of) => ({ list: of })
const fields = (words, of) => Object.fromEntries(words.split(' ').map((w) => [w, of]))

const META = type('ObjectMeta', {
  ...fields('name generateName namespace selfLink uid resourceVersion', text), labels: map, annotations: map, finalizers: texts,
  ...fields('generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds ownerReferences managedFields', any),
})
const keyRef = (name) => type(name, { name: text, key: text, optional: flag })
const ENV = type('EnvVar', {
  name: text, value: text,
  valueFrom: type('EnvVarSource', {
    fieldRef: type('ObjectFieldSelector', { apiVersion: text, fieldPath: text }), resourceFieldRef: any,
    configMapKeyRef: keyRef('ConfigMapKeySelector'), secretKeyRef: keyRef('SecretKeySelector'),
  }),
})
const source = (name) => type(name, { name: text, optional: flag })
const ENV_FROM = type('EnvFromSource', { prefix: text, configMapRef: source('ConfigMapEnvSource'), secretRef: source('SecretEnvSource') })
const PORT = type('ContainerPort', { name: text, hostIP: text, protocol: text, containerPort: whole, hostPort: whole })
const HTTP_GET = type('HTTPGetAction', { path: text, host: text, scheme: text, port: mixed, httpHeaders: any })
const PROBE = type('Probe', {
  httpGet: HTTP_GET, tcpSocket: type('TCPSocketAction', { port: mixed, host: text }), exec: type('ExecAction', { command: texts }), grpc: any,
  ...fields('initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold terminationGracePeriodSeconds', whole),
})
const MOUNT = type('VolumeMount', { ...fields('name mountPath subPath subPathExpr mountPropagation recursiveReadOnly', text), readOnly: flag })
const CONTAINER = type('Container', {
  ...fields('name image workingDir imagePullPolicy terminationMessagePath terminationMessagePolicy restartPolicy', text), command: texts, args: texts,
  env: listOf(ENV), envFrom: listOf(ENV_FROM), ports: listOf(PORT), volumeMounts: listOf(MOUNT), readinessProbe: PROBE, livenessProbe: PROBE, startupProbe: PROBE,
  ...fields('stdin stdinOnce tty', flag), ...fields('resources lifecycle securityContext volumeDevices resizePolicy', any),
})
const POD_SPEC = type('PodSpec', {
  containers: listOf(CONTAINER), initContainers: listOf(CONTAINER), nodeSelector: map,
  ...fields('restartPolicy dnsPolicy serviceAccountName serviceAccount nodeName hostname subdomain schedulerName priorityClassName preemptionPolicy runtimeClassName', text),
  ...fields('terminationGracePeriodSeconds activeDeadlineSeconds priority', whole),
  ...fields('hostNetwork hostPID hostIPC shareProcessNamespace automountServiceAccountToken enableServiceLinks setHostnameAsFQDN hostUsers', flag),
  ...fields('volumes ephemeralContainers securityContext imagePullSecrets affinity tolerations hostAliases dnsConfig readinessGates overhead topologySpreadConstraints os schedulingGates resourceClaims resources', any),
})
const TEMPLATE = type('PodTemplateSpec', { metadata: META, spec: POD_SPEC })
const SELECTOR = type('LabelSelector', { matchLabels: map, matchExpressions: any })

const object = (name, more) => type(name, { apiVersion: text, kind: text, metadata: META, status: any, ...more })
const kinds = {
  deployments: object('Deployment', {
    spec: type('DeploymentSpec', {
      ...fields('replicas minReadySeconds revisionHistoryLimit progressDeadlineSeconds', whole), paused: flag, selector: SELECTOR, template: TEMPLATE,
      strategy: type('DeploymentStrategy', { type: text, rollingUpdate: type('RollingUpdateDeployment', { maxSurge: mixed, maxUnavailable: mixed }) }),
    }),
  }),
  pods: object('Pod', { spec: POD_SPEC }),
  services: object('Service', {
    spec: type('ServiceSpec', {
      ports: listOf(type('ServicePort', { ...fields('name protocol appProtocol', text), port: whole, nodePort: whole, targetPort: mixed })), selector: map,
      ...fields('clusterIP type sessionAffinity loadBalancerIP externalTrafficPolicy externalName ipFamilyPolicy loadBalancerClass internalTrafficPolicy trafficDistribution', text),
      ...fields('clusterIPs externalIPs loadBalancerSourceRanges ipFamilies', texts), healthCheckNodePort: whole,
      ...fields('publishNotReadyAddresses allocateLoadBalancerNodePorts', flag), sessionAffinityConfig: any,
    }),
  }),
  configmaps: object('ConfigMap', { data: map, binaryData: map, immutable: flag }),
  secrets: object('Secret', { data: map, stringData: map, type: text, immutable: flag }),
}

class WrongType extends Error {}

const kindOf = (value) => (Array.isArray(value) ? 'array' : value !== null && typeof value === 'object' ? 'object' : typeof value === 'boolean' ? 'bool' : typeof value)
const inGo = (of) => (typeof of === 'string' ? of : of.list ? `[]${inGo(of.list).replace(/^(?=[A-Z])/, 'v1.')}` : of.map ? 'map[string]string' : of.name)
const FITS = { string: ['string'], bool: ['bool'], int32: ['number'], [mixed]: ['number', 'string'] }

// Takes unknown fields out of VALUE and names them in UNKNOWN. WHERE is the path with indices, PLACE without; OWNER
// names the type that has the field.
function check(value, of, { where, place, owner, unknown }) {
  if (of === any || value === null) return
  const wrong = (wanted, told = kindOf(value)) => new WrongType(`json: cannot unmarshal ${told} into Go struct field ${owner}.${place} of type ${wanted}`)
  if (typeof of === 'string') {
    if (!FITS[of].includes(kindOf(value))) throw wrong(of === mixed ? whole : of)
    if (of === whole && !Number.isInteger(value)) throw wrong(of, `number ${value}`)
  } else if (of.list) {
    if (!Array.isArray(value)) throw wrong(inGo(of))
    value.forEach((e, i) => check(e, of.list, { where: `${where}[${i}]`, place, owner, unknown }))
  } else if (kindOf(value) !== 'object') throw wrong(of.map ? inGo(of) : `v1.${of.name}`)
  else if (of.map) for (const [key, e] of Object.entries(value)) check(e, of.map, { where: `${where}.${key}`, place, owner, unknown })
  else {
    const below = (path, name) => (path ? `${path}.${name}` : name)
    for (const [name, e] of Object.entries(value)) {
      if (of.fields[name]) check(e, of.fields[name], { where: below(where, name), place: below(place, name), owner: of.name, unknown })
      else {
        unknown.push(`unknown field ${JSON.stringify(below(where, name))}`)
        delete value[name]
      }
    }
  }
}

// Looks OBJECT of PLURAL over and takes out what it cannot have. Returns {unknown: [sentence…]} or {wrong: sentence}.
export function checkFields(plural, value) {
  const unknown = []
  try {
    if (kinds[plural]) check(value, kinds[plural], { where: '', place: '', owner: '', unknown })
  } catch (error) {
    if (!(error instanceof WrongType)) throw error
    return { wrong: error.message, unknown }
  }
  const [, bad] = plural === 'secrets' ? (Object.entries(value.data ?? {}).find(([, v]) => typeof v === 'string' && !isBase64(v)) ?? []) : []
  return { unknown, ...(bad === undefined ? {} : { wrong: `illegal base64 data at input byte ${/^[A-Za-z0-9+/]*/.exec(bad)[0].length}` }) }
}

const isBase64 = (v) => /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(v) && v.replace(/\s/g, '').length % 4 === 0
