// The proxy subresource: an HTTP request goes on to a pod, named or chosen among the ready ones of a Service.
import http from 'node:http'
import { ApiError, notFound } from './errors.mjs'
import { resourceNamed } from './resources.mjs'

const unavailable = (message) => new ApiError(503, 'ServiceUnavailable', message)

// "name", "name:port" or "scheme:name:port" as {name, port}.
function split(text) {
  const parts = text.split(':')
  return parts.length === 3 ? { name: parts[1], port: parts[2] } : { name: parts[0], port: parts[1] ?? '' }
}

function podTarget(store, namespace, text) {
  const { name, port } = split(text)
  const pod = store.get('pods', namespace, name)
  const own = pod.spec.containers.flatMap((c) => c.ports ?? [])
  const number = Number(port) || own.find((p) => p.name === port)?.containerPort || own[0]?.containerPort || 80
  if (!pod.status?.podIP) throw new ApiError(400, 'BadRequest', 'address not allowed')
  return { pod, port: number }
}

function serviceTarget(store, namespace, text) {
  const { name, port } = split(text)
  const service = store.get('services', namespace, name)
  const number = Number(port)
  const served = number ? service.spec.ports.find((p) => p.port === number) : { name: port }
  if (!served) throw unavailable(`no service port ${port} found for service "${name}"`)
  const slices = store.list('endpointslices', { namespace, labelSelector: `kubernetes.io/service-name=${name}` })
  if (slices.length === 0) throw notFound(resourceNamed('services'), name)
  for (const slice of slices) {
    const at = (slice.ports ?? []).find((p) => (p.name ?? '') === (served.name ?? ''))
    const ready = at && (slice.endpoints ?? []).find((e) => e.conditions?.ready !== false && e.targetRef?.kind === 'Pod')
    const pod = ready && store.peek('pods', namespace, ready.targetRef.name)
    if (pod) return { pod, port: at.port }
  }
  throw unavailable(`no endpoints available for service "${name}"`)
}

const HOP = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings', 'te', 'authorization']
const passed = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':') && !HOP.includes(name)))

export async function proxy(store, node, asked, request, response) {
  const { namespace, name, plural, rest = [], query } = asked
  const { pod, port } = (plural === 'pods' ? podTarget : serviceTarget)(store, namespace, name)
  const search = query.toString()
  let connection
  try {
    connection = await node.portForward(pod, port)
  } catch {
    throw unavailable(`error trying to reach service: dial tcp ${pod.status.podIP}:${port}: connect: connection refused`)
  }
  const path = `/${rest.map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`
  const headers = { ...passed(request.headers), host: `${pod.status.podIP}:${port}`, connection: 'close' }
  await new Promise((resolve, reject) => {
    const onward = http.request({ method: request.method, path, headers, createConnection: () => connection }, (answer) => {
      response.writeHead(answer.statusCode, passed(answer.headers))
      answer.pipe(response)
      answer.on('end', resolve)
    })
    onward.on('error', (error) => reject(unavailable(`error trying to reach service: ${error.message}`)))
    request.pipe(onward)
  }).finally(() => connection.destroy())
}
