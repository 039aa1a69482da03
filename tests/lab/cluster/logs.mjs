// The log subresource: which run of which container is meant, and what the kubelet says where there is none.
import { stream } from './answer.mjs'
import { badRequest, invalid } from './errors.mjs'
import { flag, integer } from './request.mjs'

// The container that a request means: the named one, or the only one.
export function containerOf(pod, name) {
  const { containers, initContainers = [] } = pod.spec
  const chosen = name || (containers.length === 1 ? containers[0].name : pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'])
  if (!chosen) {
    const names = [...initContainers, ...containers].map((c) => c.name).join(' ')
    throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names}]`)
  }
  if (![...containers, ...initContainers].some((c) => c.name === chosen)) throw badRequest(`container ${chosen} is not valid for pod ${pod.metadata.name}`)
  return chosen
}

const PULLING = { ErrImagePull: "image can't be pulled", ImagePullBackOff: 'trying and failing to pull image' }

// Whether the run before the present one is the one to read: asked for, or the present one has not begun.
function readsPrevious(pod, container, previous) {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  const status = [...containerStatuses, ...initContainerStatuses].find((s) => s.name === container)
  const where = `container "${container}" in pod "${pod.metadata.name}"`
  const { state = {}, lastState = {} } = status ?? {}
  if (previous) {
    if (!lastState.terminated) throw badRequest(`previous terminated ${where} not found`)
    return true
  }
  if (!status) throw badRequest(`${where} is not available`)
  if (state.running || state.terminated) return false
  if (lastState.terminated) return true
  const reason = state.waiting?.reason ?? 'ContainerCreating'
  throw badRequest(`${where} is waiting to start: ${PULLING[reason] ?? reason}`)
}

const POSITIVE = ['tailLines', 'sinceSeconds', 'limitBytes']

function optionsOf(query, pod) {
  const options = { follow: flag(query, 'follow'), timestamps: flag(query, 'timestamps'), previous: flag(query, 'previous') }
  const mistakes = []
  for (const name of POSITIVE) {
    const value = integer(query, name)
    const least = name === 'tailLines' ? 0 : 1
    if (value !== undefined && value < least) {
      mistakes.push({ field: name, reason: 'FieldValueInvalid', message: `Invalid value: ${value}: must be greater than ${least ? '0' : 'or equal to 0'}` })
    }
    options[name] = value
  }
  if (mistakes.length) throw invalid({ kind: 'PodLogOptions' }, pod.metadata.name, mistakes)
  const since = query.get('sinceTime')
  if (since && Number.isNaN(Date.parse(since))) throw badRequest(`parsing time ${JSON.stringify(since)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(since)} as "2006"`)
  return { ...options, sinceTime: since ?? undefined }
}

export async function sendLog(store, node, { namespace, name, query }, response) {
  const pod = store.get('pods', namespace, name)
  const container = containerOf(pod, query.get('container'))
  const options = optionsOf(query, pod)
  if (!pod.spec.nodeName) {
    response.writeHead(204)
    response.end()
    return
  }
  options.previous = readsPrevious(pod, container, options.previous)
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  let begun = false
  const begin = () => {
    begun ||= Boolean(stream(response, 'text/plain'))
  }
  await node.log(pod, container, { ...options, signal: gone.signal }, (chunk) => {
    if (!begun) begin()
    if (!gone.signal.aborted) response.write(chunk)
  })
  if (!begun) begin()
  response.end()
}

