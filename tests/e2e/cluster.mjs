// The cluster as kubectl shows it. Reads go through one `kubectl proxy` on a private socket: conditions are
// polled often, and starting kubectl for each would take the CPU time that the JVMs under test need.
import { spawn } from 'node:child_process'
import http from 'node:http'
import path from 'node:path'
import { removeScratch, scratchFolder } from '../scratch.mjs'

// The name of a test's namespace; another prefix lets two runs share a cluster.
export const namespaceFor = (name) => `${process.env.NAMESPACE_PREFIX ?? 'pf-e2e'}-${name}`

// Runs a program to its end; never throws for an exit code. A program past its time is killed and says so.
export function execute(program, args, { input, env, seconds = 180, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: env ?? process.env, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    const out = []
    const err = []
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, seconds * 1000)
    child.stdout.on('data', (d) => out.push(d))
    child.stderr.on('data', (d) => err.push(d))
    child.on('error', (e) => {
      clearTimeout(timer)
      reject(new Error(`${program}: ${e.message}`))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const text = (chunks) => Buffer.concat(chunks).toString('utf8')
      resolve({ code: late ? `no end within ${seconds} s` : (code ?? signal), out: text(out), err: text(err) })
    })
    child.stdin.on('error', () => {}) // it may end without reading
    child.stdin.end(input ?? '')
  })
}

export async function kubectl(args, options) {
  const result = await execute('kubectl', args, options)
  if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.code}\n${result.err.trim()}`)
  return result.out
}

let proxy

function startProxy() {
  proxy ??= (async () => {
    const folder = scratchFolder('e2e')
    const socket = path.join(folder, 'api')
    // In a process group of its own: an interrupt from the terminal must leave it for the clean-up. It ends with its input,
    // which is with this process, whatever becomes of that.
    const script = 'exec 3<&0; kubectl proxy --unix-socket="$1" & proxy=$!; exec 2>/dev/null; { read -r _ <&3; kill $proxy; } & wait $proxy'
    const child = spawn('sh', ['-c', script, 'sh', socket], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve) // "Starting to serve on …"
      child.once('exit', (code) => reject(new Error(`kubectl proxy ended with ${code}`)))
      child.once('error', reject)
    })
    return { folder, socket, child }
  })()
  return proxy
}

export async function stopProxy() {
  if (!proxy) return
  const started = await proxy.catch(() => null)
  if (!started) return
  started.child.stdin.end()
  removeScratch(started.folder)
}

async function ask(apiPath) {
  const { socket } = await startProxy()
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath: socket, path: apiPath }, (answer) => {
      const chunks = []
      answer.on('data', (d) => chunks.push(d))
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString('utf8') }))
    })
    request.on('error', reject)
  })
}

// The object at an API path, or null when there is none.
export async function get(apiPath) {
  const { status, text } = await ask(apiPath)
  if (status === 404) return null
  if (status !== 200) throw new Error(`GET ${apiPath}: ${status} ${text.slice(0, 200)}`)
  return JSON.parse(text)
}

// The log of a container's present or PREVIOUS run; empty when there is none to be had.
export async function logOf(pod, container, previous) {
  const { namespace, name } = pod.metadata
  const { status, text } = await ask(`/api/v1/namespaces/${namespace}/pods/${name}/log?container=${container}&previous=${previous}`)
  return status === 200 ? text : ''
}

// The status that a Service's own process answers with, by way of the API server; 503 while nothing does.
export async function statusOf(namespace, service, port) {
  return (await ask(`/api/v1/namespaces/${namespace}/services/${service}:${port}/proxy/`)).status
}

// Deployments and pods of a namespace, in the shape that the conditions read.
async function snapshot(namespace) {
  const [deployments, pods] = await Promise.all([
    get(`/apis/apps/v1/namespaces/${namespace}/deployments`),
    get(`/api/v1/namespaces/${namespace}/pods`),
  ])
  return { namespace, deployments: deployments?.items ?? [], pods: pods?.items ?? [] }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

// Waits until CONDITION of the namespace's snapshot holds; a time-out tells what the pods looked like.
export async function until(namespace, condition, seconds = 150) {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const seen = await snapshot(namespace)
    if (await condition(seen)) return seen
    if (Date.now() > deadline) {
      throw new Error(`not within ${seconds} s: ${condition.what ?? condition.name}\n${describe(seen)}`)
    }
    await pause(300)
  }
}

function describe({ deployments, pods }) {
  const lines = deployments.map((d) => `deployment/${d.metadata.name} ${JSON.stringify(d.status)}`)
  for (const pod of pods) {
    const containers = pod.status.containerStatuses ?? []
    lines.push(`pod/${pod.metadata.name} ${pod.status.phase} ${JSON.stringify(containers.map((c) => [c.name, c.restartCount, c.state, c.lastState]))}`)
  }
  return lines.join('\n')
}

// Applies the objects in order, each in NAMESPACE unless it names another.
export async function apply(namespace, objects) {
  const items = objects.map((o) => ({ ...o, metadata: { namespace, ...o.metadata } }))
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
}

export async function createNamespace(name, labels = {}) {
  await deleteNamespace(name, true) // one may be left from an interrupted run
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'postflight-e2e': 'true', ...labels } } }
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(object) })
}

export async function deleteNamespace(name, wait = false) {
  if (!(await get(`/api/v1/namespaces/${name}`))) return
  await kubectl(['delete', 'namespace', name, '--ignore-not-found', `--wait=${wait}`])
}
