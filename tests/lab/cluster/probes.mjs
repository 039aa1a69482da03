// Probes of containers as the kubelet runs them: by HTTP, by a connection, by a command; with its words for what failed.
import http from 'node:http'

const seconds = (n) => n * 1000

function httpOnce({ network, ip, port, path, headers, timeout }) {
  const where = `Get "http://${ip}:${port}${path}"`
  return new Promise((resolve) => {
    const real = network.realPort(ip, port)
    if (real === undefined) {
      resolve({ ok: false, text: `${where}: dial tcp ${ip}:${port}: connect: connection refused` })
      return
    }
    const late = `${where}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
    const request = http.get({
      host: '127.0.0.1', port: real, path, agent: false, timeout: seconds(timeout),
      headers: { Host: `${ip}:${port}`, 'User-Agent': 'kube-probe/1.33', Accept: '*/*', Connection: 'close', ...headers },
    }, (answer) => {
      answer.resume()
      const ok = answer.statusCode >= 200 && answer.statusCode < 400
      resolve({ ok, text: ok ? '' : `HTTP probe failed with statuscode: ${answer.statusCode}` })
    })
    const timer = setTimeout(() => {
      resolve({ ok: false, text: late })
      request.destroy()
    }, seconds(timeout))
    request.on('close', () => clearTimeout(timer))
    request.on('error', (error) => {
      const why = error.code === 'ECONNREFUSED' ? `dial tcp ${ip}:${port}: connect: connection refused` : error.code === 'ECONNRESET' ? 'EOF' : error.message
      resolve({ ok: false, text: `${where}: ${why}` })
    })
  })
}

async function tcpOnce({ network, ip, port, timeout }) {
  try {
    ;(await network.dial(ip, port, { timeout: seconds(timeout) })).destroy()
    return { ok: true }
  } catch (error) {
    return { ok: false, text: error.message }
  }
}

async function execOnce({ execute, command, timeout }) {
  let timer
  const late = new Promise((resolve) => { timer = setTimeout(() => resolve(null), seconds(timeout)) })
  const ended = await Promise.race([execute(command), late])
  clearTimeout(timer)
  if (!ended) return { ok: false, text: `command timed out: "${command.join(' ')}" timed out after ${timeout}s` }
  return { ok: ended.code === 0, text: ended.output.trim() }
}

// The number of a port that may be a container port's name.
export const portNumber = (container, port) =>
  (typeof port === 'number' || /^\d+$/.test(port) ? Number(port) : container.ports?.find((p) => p.name === port)?.containerPort)

function once(spec, container, context) {
  const timeout = spec.timeoutSeconds ?? 1
  if (spec.exec) return execOnce({ ...context, command: spec.exec.command, timeout })
  const action = spec.httpGet ?? spec.tcpSocket
  const port = portNumber(container, action.port)
  const ip = action.host || context.ip
  if (!spec.httpGet) return tcpOnce({ ...context, ip, port, timeout })
  const path = spec.httpGet.path?.startsWith('/') ? spec.httpGet.path : `/${spec.httpGet.path ?? ''}`
  const headers = Object.fromEntries((spec.httpGet.httpHeaders ?? []).map((h) => [h.name, h.value]))
  return httpOnce({ ...context, ip, port, path, headers, timeout })
}

// Probes until stopped. Calls CHANGED(ok, text) when the thresholds are reached, again at every result that stays so;
// FAILED(text) at each single failure. Returns what stops it.
export function startProbe(spec, container, context, { changed, failed }) {
  let timer
  let stopped = false
  let run = 0 // results of the same kind in a row
  let last
  const turn = async () => {
    const { ok, text } = await once(spec, container, context)
    if (stopped) return
    run = ok === last ? run + 1 : 1
    last = ok
    if (!ok) failed(text)
    if (run >= (ok ? spec.successThreshold ?? 1 : spec.failureThreshold ?? 3)) changed(ok, text)
    if (!stopped) timer = setTimeout(turn, seconds(spec.periodSeconds ?? 10))
  }
  timer = setTimeout(turn, seconds(spec.initialDelaySeconds ?? 0))
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
