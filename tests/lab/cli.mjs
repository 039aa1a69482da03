// The commands of tests/lab/lab.
import { spawn } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { removeScratch, scratchFolder } from '../scratch.mjs'
import { faults } from './breaking.mjs'
import { breakWith, install, program } from './documented.mjs'
import { endLab, here, launchLab, runningLab } from './running.mjs'

const root = path.resolve(here, '../..')
const folder = path.resolve(process.env.LAB ?? path.join(root, 'build/lab'))
const namespace = process.env.LAB_NAMESPACE ?? 'retail-store'

// What tests of tests/e2e find on a real node and not here: images with a file system of their own (postflight's is one),
// a kubelet that evicts, and packets that a firewall can drop.
const LACKS = 'images,evictions,packets'

// What kubectl is to know; it caches what a server offers, by address, and each lab has another one.
function speakTo(lab) {
  process.env.KUBECONFIG = lab.kubeconfig
  process.env.KUBECACHEDIR = path.join(path.dirname(lab.kubeconfig), 'cache')
}

// WORD as a shell reads it.
const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

async function present() {
  const lab = await runningLab(folder)
  if (!lab) throw new Error('no lab runs here: start one with "tests/lab/lab start" (make lab)')
  speakTo(lab)
}

async function start() {
  let lab = await runningLab(folder)
  const there = lab !== null
  if (!there) {
    lab = await launchLab(folder, { detached: true })
    speakTo(lab)
    await install(namespace)
  }
  console.log(`${there ? 'A lab runs already, with what was last deployed to it.' : `The documented deployment runs in namespace ${namespace}.`} To look at it:

    export KUBECONFIG=${quoted(lab.kubeconfig)}
    ${quoted(path.relative(process.cwd(), program))} run -n ${namespace}

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
  await present()
  const fault = await breakWith(namespace, name)
  if (!fault) throw new Error(`there is no fault ${name}: make lab-break lists them`)
  console.log(`${fault.name}: ${fault.says}`)
}

async function run(command) {
  if (command.length === 0) throw new Error('run what?')
  const own = scratchFolder('lab')
  // What an interrupt means is the command's to say; the lab ends after it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child?.kill(signal))
  let child
  try {
    const { kubeconfig } = await launchLab(own)
    child = spawn(command[0], command.slice(1), { stdio: 'inherit', env: { ...process.env, KUBECONFIG: kubeconfig, LAB_LACKS: LACKS, E2E_EXCLUSIVE: '1' } })
    process.exitCode = await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) => resolve(code ?? 128 + os.constants.signals[signal]))
    })
  } finally {
    await endLab(own)
    removeScratch(own)
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
