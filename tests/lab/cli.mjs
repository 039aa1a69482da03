// The commands of tests/lab/lab.
import { mkdtemp, rm } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { Deployed, faults } from './faults.mjs'
import { endLab, here, launchLab, must, runningLab } from './running.mjs'

const root = path.resolve(here, '../..')
const folder = path.resolve(process.env.LAB ?? path.join(root, 'build/lab'))
const program = path.resolve(process.env.POSTFLIGHT ?? path.join(root, 'build/postflight'))
const namespace = process.env.LAB_NAMESPACE ?? 'retail-store'
const KINDS = 'deployments,services,resourcequotas,networkpolicies'

async function present() {
  const lab = await runningLab(folder)
  if (!lab) throw new Error('no lab runs here: start one with "tests/lab/lab start" (make lab)')
  process.env.KUBECONFIG = lab.kubeconfig
  return lab
}

const kubectl = (args, input) => must('kubectl', args, { input })

async function documented() {
  const manifest = await must(program, ['manifests', 'documented', '-n', namespace])
  const text = await kubectl(['create', '--dry-run=client', '-o', 'json', '-f', '-'], manifest)
  return text.split(/^}\n/m).filter((t) => t.trim()).map((t) => JSON.parse(`${t}}`)) // one document after the other
}

async function deploy(objects) {
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects.map((o) => ({ ...o, metadata: { ...o.metadata, namespace } })) }))
}

// Takes away what an earlier fault made and the present objects have not.
async function prune(objects) {
  const wanted = new Set(objects.map((o) => `${o.kind}/${o.metadata.name}`))
  const { items } = JSON.parse(await kubectl(['-n', namespace, 'get', KINDS, '-o', 'json']))
  const extra = items.filter((o) => !wanted.has(`${o.kind}/${o.metadata.name}`)).map((o) => `${o.kind}/${o.metadata.name}`)
  if (extra.length) await kubectl(['-n', namespace, 'delete', ...extra])
}

async function makeHealthy() {
  const app = new Deployed(await documented())
  const objects = app.objects()
  await prune(objects)
  // A cart that comes first crashes until DynamoDB is there: nothing in Kubernetes orders the two.
  await deploy(objects.filter((o) => o !== app.cart))
  await kubectl(['-n', namespace, 'rollout', 'status', 'deploy/dynamodb', '--timeout=120s'])
  await deploy([app.cart])
  await kubectl(['-n', namespace, 'rollout', 'status', 'deploy/cart-deployment', '--timeout=120s'])
}

async function start() {
  let lab = await runningLab(folder)
  if (!lab) {
    lab = await launchLab(folder, { detached: true })
    process.env.KUBECONFIG = lab.kubeconfig
    await kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }))
    await makeHealthy()
  }
  console.log(`The documented deployment runs in namespace ${namespace}. To look at it:

    export KUBECONFIG=${lab.kubeconfig}
    ${path.relative(process.cwd(), program)} run -n ${namespace}

make lab-break FAULT=endpoint-port breaks it, make lab-break lists the ways, make lab-stop ends the lab.`)
}

async function stop() {
  console.log(await endLab(folder) ? 'The lab has ended.' : 'No lab runs here.')
}

async function status() {
  const lab = await runningLab(folder)
  console.log(lab ? `KUBECONFIG=${lab.kubeconfig}` : 'No lab runs here.')
  if (!lab) process.exitCode = 1
}

async function breakIt(name) {
  if (!name) {
    for (const f of faults) console.log(`${f.name.padEnd(28)}${f.says}`)
    return
  }
  const fault = faults.find((f) => f.name === name)
  if (!fault) throw new Error(`there is no fault ${name}: make lab-break lists them`)
  await present()
  if (name === 'none') {
    await makeHealthy()
  } else {
    const app = new Deployed(await documented())
    fault.change(app)
    await prune(app.objects())
    await deploy(app.objects())
    // What starts under the fault alone shows it: a rolling update would keep the old pod.
    if (!['cart-missing'].includes(name)) await kubectl(['-n', namespace, 'delete', 'pod', '--all', '--wait=true', '--grace-period=1'])
  }
  console.log(`${fault.name}: ${fault.says}`)
}

async function run(command) {
  if (command.length === 0) throw new Error('run what?')
  const own = await mkdtemp(path.join(os.tmpdir(), 'pf-lab-'))
  // What an interrupt means is the command's to say; the lab ends after it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child?.kill(signal))
  let child
  try {
    const { kubeconfig } = await launchLab(own)
    child = spawn(command[0], command.slice(1), { stdio: 'inherit', env: { ...process.env, KUBECONFIG: kubeconfig } })
    process.exitCode = await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) => resolve(code ?? 128 + os.constants.signals[signal]))
    })
  } finally {
    await endLab(own)
    await rm(own, { recursive: true, force: true })
  }
}

const [verb, ...rest] = process.argv.slice(2)
const verbs = { start, stop, status, break: () => breakIt(rest[0]), run: () => run(rest) }
if (!(verb in verbs)) {
  console.error(`lab: ${verb ? `there is no command ${verb}` : 'which command?'}: ${Object.keys(verbs).join(', ')}`)
  process.exit(64)
}
try {
  await verbs[verb]()
} catch (error) {
  console.error(`lab: ${error.message}`)
  process.exitCode = 1
}
