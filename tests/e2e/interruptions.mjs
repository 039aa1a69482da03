// Ends a run with --restart in the middle, at each step that it notes: nothing of it may be left, and its report is
// one document that says where it stopped. What a killed run leaves, `postflight cleanup` removes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { apply, createNamespace, deleteNamespace, execute, get, kubectl, namespaceFor, until } from './cluster.mjs'
import { serving } from './conditions.mjs'
import { reportOf } from './expect.mjs'
import { CREATE, Documented } from './manifest.mjs'
import { outputFolder, program } from './postflight.mjs'
import { noteOf } from './scenarios/persistence.mjs'

const DEPLOYMENT = 'cart-deployment'
const EXITS = { SIGINT: 130, SIGTERM: 143 }

// What must be the same afterwards: the annotation that a restart sets apart.
export async function specOf(namespace) {
  const { spec, metadata } = await get(`/apis/apps/v1/namespaces/${namespace}/deployments/${DEPLOYMENT}`)
  const annotations = { ...metadata.annotations }
  delete annotations['deployment.kubernetes.io/revision']
  const template = structuredClone(spec.template)
  delete template.metadata.annotations
  delete template.metadata.creationTimestamp
  return JSON.stringify({ annotations, spec: { ...spec, template } })
}

const cartOf = (namespace, customer) => get(`/api/v1/namespaces/${namespace}/services/cart:80/proxy/carts/${customer}`)

export async function nothingLeft(namespace, customer, before, problems) {
  await until(namespace, serving)
  const cart = await cartOf(namespace, customer)
  if (cart.items.length > 0) problems.push(`the cart of ${customer} is left`)
  if (await noteOf(namespace)) problems.push('the note of the test is left')
  if ((await specOf(namespace)) !== before) problems.push('the Deployment is not as it was')
}

// The note once it says STEP, or null when the run has ended before anybody saw it there: a step may be short.
async function seen(namespace, step, isOver) {
  while (!isOver()) {
    const note = await noteOf(namespace)
    if (note?.step === step) return note
  }
  return null
}

// Runs until STEP is noted, then sends SIGNAL; returns the report's text, the exit and the customer.
async function cut(namespace, folder, name, step, signal) {
  const file = path.join(folder, `${name}.json`)
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const child = spawn(program, ['run', '-n', namespace, '--restart', '-o', `json=${file}`, '-o', 'text'], { stdio: 'ignore' })
    let over = false
    const ended = once(child, 'exit').finally(() => {
      over = true
    })
    const note = await seen(namespace, step, () => over)
    if (note) child.kill(signal)
    const [code] = await ended
    const told = await readFile(file, 'utf8').catch(() => null)
    if (note) return { code, customer: note.customer, text: told }
  }
  throw new Error(`step ${step} was never seen in time`)
}

async function interrupted(namespace, folder, step, signal, problems) {
  const before = await specOf(namespace)
  const run = await cut(namespace, folder, `${signal}-${step}`, step, signal)
  const report = reportOf(run.text, run.code, problems)
  if (run.code !== EXITS[signal]) problems.push(`${signal} at ${step}: exit ${run.code}`)
  const check = report?.checks.find((c) => c.id === 'persistence')
  if (report && !report.run.interrupted) problems.push(`${signal} at ${step}: the report does not say that it was interrupted`)
  if (check?.verdict !== 'error' || !check.message.startsWith('interrupted while ')) {
    problems.push(`${signal} at ${step}: persistence is ${check?.verdict} (${check?.message})`)
  }
  await nothingLeft(namespace, run.customer, before, problems)
}

async function killed(namespace, folder, step, problems) {
  const before = await specOf(namespace)
  const run = await cut(namespace, folder, `SIGKILL-${step}`, step, 'SIGKILL')
  if (!(await noteOf(namespace))) problems.push(`killed at ${step}: there is no note of it`)
  const second = await execute(program, ['run', '-n', namespace, '--restart', '--only', 'persistence'])
  if (second.code !== 2 || !second.out.includes('is testing this since')) {
    problems.push(`a second run ends with ${second.code}: ${second.out.slice(0, 600)}`)
  }
  const cleanup = await execute(program, ['cleanup', '-n', namespace])
  if (cleanup.code !== 0) problems.push(`cleanup ends with ${cleanup.code}: ${cleanup.err}`)
  await nothingLeft(namespace, run.customer, before, problems)
}

// On an idle machine the stand-in is up within a second: no time limit would run out in the middle of its restart.
async function startSlowly(namespace) {
  const field = '/spec/template/spec/containers/0/readinessProbe/initialDelaySeconds'
  await kubectl(['-n', namespace, 'patch', 'deploy', DEPLOYMENT, '--type', 'json', '-p', JSON.stringify([{ op: 'add', path: field, value: 6 }])])
  await until(namespace, serving)
}

async function outOfTime(namespace, folder, time, problems) {
  const before = await specOf(namespace)
  const file = path.join(folder, `timeout-${time}.json`)
  const run = await execute(program, ['run', '-n', namespace, '--restart', '--timeout', time, '-o', `json=${file}`, '-o', 'text'])
  const report = reportOf(await readFile(file, 'utf8'), run.code, problems)
  const check = report?.checks.find((c) => c.id === 'persistence')
  if (check?.verdict !== 'error') problems.push(`--timeout ${time}: persistence is ${check?.verdict} (${check?.message})`)
  await nothingLeft(namespace, check?.facts['persistence.customer'] ?? 'postflight-none', before, problems)
}

async function expired(namespace, problems) {
  const customer = 'postflight-20000101T000000Z-0badcafe'
  const note = { run: '0badcafe', holder: 'somebody', since: '2000-01-01T00:00:00Z', until: '2000-01-01T00:05:00Z', customer, step: 'write' }
  await kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/services/cart:80/proxy/carts/${customer}/items`, '-f', '-'],
    { input: '{"itemId":"left","quantity":1,"unitPrice":1}' })
  await kubectl(['-n', namespace, 'annotate', `deploy/${DEPLOYMENT}`, `postflight/persistence-test=${JSON.stringify(note)}`])
  const run = await execute(program, ['run', '-n', namespace, '--restart'])
  if (run.code !== 0) problems.push(`after an expired run: exit ${run.code}: ${run.out.slice(0, 600)}`)
  const cart = await cartOf(namespace, customer)
  if (cart.items.length > 0) problems.push('the cart of an expired run is left')
}

async function all(context) {
  const namespace = namespaceFor('interruptions')
  const folder = await outputFolder('interruptions')
  const problems = []
  const remove = () => (process.env.KEEP ? null : deleteNamespace(namespace))
  context.cleanup.add(remove)
  try {
    await createNamespace(namespace)
    await apply(namespace, new Documented().objects())
    await until(namespace, serving)
    await kubectl(['-n', namespace, 'set', 'env', `deploy/${DEPLOYMENT}`, '-c', 'cart', `${CREATE}=false`])
    await until(namespace, serving)
    for (const step of ['lock', 'restart']) {
      for (const signal of Object.keys(EXITS)) await interrupted(namespace, folder, step, signal, problems)
      await killed(namespace, folder, step, problems)
    }
    await startSlowly(namespace)
    for (const time of ['1s', '2s']) await outOfTime(namespace, folder, time, problems)
    await expired(namespace, problems)
    return problems
  } finally {
    await remove()
    context.cleanup.delete(remove)
  }
}

export const interruptionTests = [{ name: 'persistence/interruptions', run: all }]
