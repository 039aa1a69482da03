// The environment of a container as the kubelet makes it: variables of Services, envFrom in order, env over both,
// $(NAME) from what is known by then. What is referred to and not there keeps the container from being made.
import { quantity } from './quantity.mjs'

// Why a container cannot be made; shown as CreateContainerConfigError.
export class ConfigError extends Error {}

const upper = (name) => name.toUpperCase().replaceAll('-', '_')

// The variables that a Service lends to pods which start after it.
function serviceVariables({ metadata, spec }) {
  if (!spec.clusterIP || spec.clusterIP === 'None' || !spec.ports?.length) return {}
  const name = upper(metadata.name)
  const [first] = spec.ports
  const all = { [`${name}_SERVICE_HOST`]: spec.clusterIP, [`${name}_SERVICE_PORT`]: `${first.port}` }
  for (const port of spec.ports) if (port.name) all[`${name}_SERVICE_PORT_${upper(port.name)}`] = `${port.port}`
  const url = (port) => `${port.protocol.toLowerCase()}://${spec.clusterIP}:${port.port}`
  all[`${name}_PORT`] = url(first)
  for (const port of spec.ports) {
    const prefix = `${name}_PORT_${port.port}_${port.protocol}`
    Object.assign(all, { [prefix]: url(port), [`${prefix}_PROTO`]: port.protocol.toLowerCase(), [`${prefix}_PORT`]: `${port.port}`, [`${prefix}_ADDR`]: spec.clusterIP })
  }
  return all
}

// SERVICES are those of the pod's namespace, and the one of the API server whatever the pod says about links.
export function serviceLinks(pod, services) {
  const { namespace } = pod.metadata
  const isServer = (s) => s.metadata.namespace === 'default' && s.metadata.name === 'kubernetes'
  const chosen = services.filter((s) => isServer(s) || (pod.spec.enableServiceLinks !== false && s.metadata.namespace === namespace))
  return Object.assign({}, ...chosen.map(serviceVariables))
}

// $(NAME) by LOOKUP, $$ is a dollar; what is not known stays as it stands.
export function expand(text, lookup) {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (whole, kind, name) => (kind === '$' ? '$' : (lookup(name) ?? whole)))
}

// The field of POD that a fieldRef names.
export function fieldOf(pod, path) {
  const { metadata, spec, status } = pod
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path)
  if (subscript) return metadata[subscript[1]]?.[subscript[2]] ?? ''
  const fields = {
    'metadata.name': metadata.name, 'metadata.namespace': metadata.namespace, 'metadata.uid': metadata.uid, 'spec.nodeName': spec.nodeName,
    'spec.serviceAccountName': spec.serviceAccountName, 'status.hostIP': status.hostIP, 'status.podIP': status.podIP, 'status.podIPs': status.podIP,
  }
  if (!(path in fields)) throw new ConfigError(`unsupported fieldPath: ${path}`)
  return fields[path] ?? ''
}

function resourceField(pod, container, { resource, containerName, divisor }) {
  const of = pod.spec.containers.find((c) => c.name === containerName) ?? container
  const [kind, name] = resource.split('.')
  const said = of.resources?.[kind]?.[name]
  return said === undefined ? '0' : `${Math.ceil(quantity(said) / (divisor && divisor !== '0' ? quantity(divisor) : 1))}`
}

// All variables of CONTAINER of POD. READ(resource, name) is the object of that name in the pod's namespace, or undefined.
export function environment(pod, container, services, read) {
  const { namespace } = pod.metadata
  const links = serviceLinks(pod, services)
  const own = {}
  const object = (kind, name, optional) => {
    const found = read(kind === 'Secret' ? 'secrets' : 'configmaps', name)
    if (!found && !optional) throw new ConfigError(`${kind.toLowerCase()} "${name}" not found`)
    return found
  }
  const texts = (kind, found) => (kind === 'ConfigMap' ? found.data ?? {}
    : Object.fromEntries(Object.entries(found.data ?? {}).map(([k, v]) => [k, Buffer.from(v, 'base64').toString('utf8')])))
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const [kind, ref] = configMapRef ? ['ConfigMap', configMapRef] : ['Secret', secretRef]
    const found = object(kind, ref.name, ref.optional)
    for (const [key, value] of Object.entries(found ? texts(kind, found) : {})) own[prefix + key] = value
  }
  const one = (kind, { name, key, optional }) => {
    const found = object(kind, name, optional)
    const value = found && texts(kind, found)[key]
    if (value === undefined && !optional) throw new ConfigError(`couldn't find key ${key} in ${kind} ${namespace}/${name}`)
    return value
  }
  for (const { name, value, valueFrom: from } of container.env ?? []) {
    let text = value ?? ''
    if (text) text = expand(text, (n) => own[n] ?? links[n])
    else if (from?.configMapKeyRef) text = one('ConfigMap', from.configMapKeyRef)
    else if (from?.secretKeyRef) text = one('Secret', from.secretKeyRef)
    else if (from?.fieldRef) text = fieldOf(pod, from.fieldRef.fieldPath)
    else if (from?.resourceFieldRef) text = resourceField(pod, container, from.resourceFieldRef)
    if (text !== undefined) own[name] = text
  }
  return { ...links, ...own }
}
