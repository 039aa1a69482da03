// The question before a restart, as a person at a terminal meets it: only "y" and "yes" consent, nothing else does,
// and nobody is asked where nobody sits. util-linux's script(1) makes the terminal.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { apply, createNamespace, deleteNamespace, get, kubectl, namespaceFor, until } from './cluster.mjs'
import { serving } from './conditions.mjs'
import { CREATE, Documented } from './manifest.mjs'
import { outputFolder, program } from './postflight.mjs'
import { noteOf } from './scenarios/persistence.mjs'

const QUESTION = /\[y\/N\] /
const podOf = async (namespace) =>
  (await get(`/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dcart`)).items.map((p) => p.metadata.uid).sort().join()

// Runs on a terminal, types ANSWER (null: nothing) at the question, and returns what was shown and the report.
async function onTerminal(folder, name, namespace, answer, { env = {}, args = '' } = {}) {
  const file = path.join(folder, `${name}.json`)
  const { CI, ...rest } = process.env
  const command = `'${program}' run -n ${namespace} --no-progress ${args} -o text -o 'json=${file}'`
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...rest, ...env, TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'inherit'] })
  let shown = ''
  let asked = false
  child.stdout.on('data', (data) => {
    shown += data
    if (asked || !QUESTION.test(shown)) return
    asked = true
    if (answer === null) child.stdin.end()
    else child.stdin.write(answer)
  })
  const timer = setTimeout(() => child.kill(), 90_000)
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  const report = JSON.parse(await readFile(file, 'utf8').catch(() => 'null'))
  return { code, shown, asked, persistence: report?.checks.find((c) => c.id === 'persistence') }
}

async function all(context) {
  const namespace = namespaceFor('consent')
  const folder = await outputFolder('consent')
  const problems = []
  const remove = () => (process.env.KEEP ? null : deleteNamespace(namespace))
  context.cleanup.add(remove)
  try {
    await createNamespace(namespace)
    await apply(namespace, new Documented().objects())
    await until(namespace, serving)
    await kubectl(['-n', namespace, 'set', 'env', 'deploy/cart-deployment', '-c', 'cart', `${CREATE}=false`])
    await until(namespace, serving)
    const before = await podOf(namespace)
    const declined = [['return', '\r', 0], ['no', 'n\r', 0], ['yesterday', 'yesterday\r', 0], ['space', ' y\r', 0],
      ['end of input', '\x04', 0], ['interrupt', '\x03', 130]]
    for (const [name, answer, exit] of declined) {
      const run = await onTerminal(folder, name.replaceAll(' ', '-'), namespace, answer)
      if (!run.asked) problems.push(`${name}: no question`)
      if (run.code !== exit) problems.push(`${name}: exit ${run.code}, expected ${exit}: ${run.shown.slice(-400)}`)
      if (exit === 0 && run.persistence?.verdict !== 'skip') problems.push(`${name}: persistence is ${run.persistence?.verdict}`)
    }
    const silent = [['CI', { env: { CI: 'true' } }], ['quiet', { args: '-q' }], ['left-out', { args: '--skip persistence' }]]
    for (const [name, how] of silent) {
      const run = await onTerminal(folder, name, namespace, '\r', how)
      if (run.asked) problems.push(`${name}: somebody is asked`)
      if (run.code !== 0) problems.push(`${name}: exit ${run.code}`)
    }
    if (await noteOf(namespace)) problems.push('a note of a test that nobody wanted')
    if ((await podOf(namespace)) !== before) problems.push('the cart was restarted without consent')
    const run = await onTerminal(folder, 'yes', namespace, 'y\r')
    if (run.code !== 0 || run.persistence?.verdict !== 'pass') problems.push(`yes: exit ${run.code}, ${run.persistence?.message}`)
    if (!run.shown.includes(namespace)) problems.push('the question does not name the namespace')
    return problems
  } finally {
    await remove()
    context.cleanup.delete(remove)
  }
}

export const consentTests = [{ name: 'persistence/consent', run: all }]
