// The connection to the API server is lost in the middle of the test with --restart, at each of its steps: before a
// request gets there, or after it was done and before the answer is back. It comes again after a moment, and the run
// cleans up; or not before the run has ended, and `postflight cleanup` does. Nothing of the test may be left.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeCertificates } from '../lab/faults/authority.mjs'
import { LiveApi } from '../lab/faults/live.mjs'
import { FaultServer } from '../lab/faults/server.mjs'
import { apply, createNamespace, deleteNamespace, execute, kubectl, namespaceFor, until } from './cluster.mjs'
import { serving } from './conditions.mjs'
import { noCanary, reportOf } from './expect.mjs'
import { nothingLeft, specOf } from './interruptions.mjs'
import { CREATE, Documented } from './manifest.mjs'
import { outputFolder, program } from './postflight.mjs'
import { noteOf } from './scenarios/persistence.mjs'
import { removeScratch, scratchFolder } from '../scratch.mjs'

const STAGE = /^(noting the test|adding our item|restarting|waiting for the new pods|reading our item)|is left behind/
const OUTAGE_MS = 2500 // longer than a single request is tried again

// What passes, as a word: "PATCH lock", "PATCH restart", "PATCH unlock", "WATCH", or what a process is asked.
function wordOf(exchange) {
  const body = exchange.body?.toString('utf8') ?? ''
  if (exchange.method === 'PATCH' && body.includes('"postflight/persistence-test":null')) return 'PATCH unlock'
  if (exchange.method === 'PATCH' && body.includes('restartedAt')) return 'PATCH restart'
  if (exchange.method === 'PATCH') return 'PATCH lock'
  return /[?&]watch=1/.test(exchange.url) ? 'WATCH' : exchange.method
}

// How the word that passes at which step begins. `unanswered`: it gets there, and the answer is lost.
const STEPS = {
  'before-lock': { word: 'PATCH lock' },
  'lock-unanswered': { word: 'PATCH lock', unanswered: true },
  'before-write': { word: 'POST /carts/' },
  'write-unanswered': { word: 'POST /carts/', unanswered: true },
  'before-restart': { word: 'PATCH restart' },
  'restart-unanswered': { word: 'PATCH restart', unanswered: true },
  'during-the-watch': { word: 'WATCH', unanswered: true },
  'before-reading-again': { word: 'GET /carts/', restarted: true },
  'delete-unanswered': { word: 'DELETE /carts/', unanswered: true },
  'before-unlock': { word: 'PATCH unlock' },
  'unlock-unanswered': { word: 'PATCH unlock', unanswered: true },
}

// A proxy that loses the connection once, at STEP; `customer` is the test's, once it is known.
class CutProxy {
  constructor(step, api, certificates, isForGood) {
    Object.assign(this, { step, api, isForGood, struck: false, restarted: false, customer: null })
    this.server = new FaultServer({ api, certificate: certificates.right, fault: (exchange) => this.#take(exchange) })
  }

  #strikes(word) {
    if (word === 'PATCH restart') this.passedRestart = true
    const hit = !this.struck && word.startsWith(this.step.word) && (!this.step.restarted || this.passedRestart)
    if (hit) this.struck = true
    return hit
  }

  // False: the answer is not handed on.
  #lose() {
    this.server.goDown()
    if (!this.isForGood) setTimeout(() => this.server.goUp(), OUTAGE_MS)
    return false
  }

  #take(exchange) {
    this.customer ??= /"customer\\?":\\?"(postflight-[^"\\]+)/.exec(exchange.body?.toString('utf8') ?? '')?.[1] ?? null
    if (exchange.kind === 'exec') return false
    if (exchange.kind === 'forward') {
      let hit = false
      this.api.passUpgrade(exchange, (word) => {
        hit = this.#strikes(word)
        return hit && !this.step.unanswered ? this.#lose() : true
      }, () => (hit ? this.#lose() : true))
      return true
    }
    if (!this.#strikes(wordOf(exchange))) return false
    if (this.step.unanswered) this.api.pass(exchange, () => this.#lose())
    else this.#lose()
    return true
  }
}

async function runCut({ namespace, api, certificates, folder, canary }, name, isForGood, problems) {
  const before = await specOf(namespace)
  const label = `${name}${isForGood ? '-for-good' : ''}`
  const proxy = new CutProxy(STEPS[name], api, certificates, isForGood)
  const url = await proxy.server.start()
  const file = path.join(folder, `${label}.json`)
  const connection = ['-n', namespace, '--server', url, '--certificate-authority', certificates.file, '--token-file', path.join(folder, 'token')]
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', NO_COLOR: '1' }
  const run = await execute(program, ['run', ...connection, '--restart', '--request-timeout', '5s', '-o', `json=${file}`, '-o', 'text'], { env })
  const json = await readFile(file, 'utf8').catch(() => null)
  const say = (problem) => problems.push(`${label}: ${problem}`)
  if (!proxy.struck) say('the connection was never cut')
  const found = []
  const report = reportOf(json, run.code, found)
  found.forEach(say)
  await noCanary({ ...run, json }, canary, found)
  const check = report?.checks.find((c) => c.id === 'persistence')
  if (![0, 2].includes(run.code)) say(`exit ${run.code}`)
  const verdicts = isForGood ? ['error'] : ['pass', 'error']
  if (!verdicts.includes(check?.verdict)) say(`persistence is ${check?.verdict}: ${check?.message}`)
  if (isForGood && !check?.message.includes(`postflight cleanup -n ${namespace}`)) say(`it does not say how to clean up: ${check?.message}`)
  if (check?.verdict === 'error' && !STAGE.test(check.message)) say(`it does not say where it stopped: ${check.message}`)
  if (process.env.VERBOSE) console.log(`${label}: ${run.code} ${check?.verdict}: ${check?.message}`)
  proxy.server.goUp()
  if (isForGood && (await noteOf(namespace))) {
    await until(namespace, serving)
    const cleanup = await execute(program, ['cleanup', ...connection], { env })
    if (cleanup.code !== 0) say(`cleanup ends with ${cleanup.code}: ${cleanup.out}${cleanup.err}`)
  }
  proxy.server.stop()
  const left = []
  await nothingLeft(namespace, proxy.customer ?? 'postflight-none', before, left)
  left.forEach(say)
}

// One namespace, one after the other: each [step, isForGood].
function cutTest(group, rows) {
  const run = async (context) => {
    const namespace = namespaceFor(`cut-${group}`)
    const folder = await outputFolder(`cut-${group}`)
    const scratch = scratchFolder('cut')
    const problems = []
    const remove = async () => {
      removeScratch(scratch)
      if (!process.env.KEEP) await deleteNamespace(namespace)
    }
    context.cleanup.add(remove)
    try {
      const certificates = await makeCertificates(scratch)
      const api = new LiveApi(JSON.parse(await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'])))
      await writeFile(path.join(folder, 'token'), 'known-to-the-proxy-alone', { mode: 0o600 })
      const app = new Documented()
      await createNamespace(namespace)
      await apply(namespace, app.objects())
      await until(namespace, serving)
      await kubectl(['-n', namespace, 'set', 'env', 'deploy/cart-deployment', '-c', 'cart', `${CREATE}=false`])
      await until(namespace, serving)
      const test = { namespace, api, certificates, folder, canary: app.canary }
      for (const [step, isForGood] of rows) await runCut(test, step, isForGood, problems)
      return problems
    } finally {
      await remove()
      context.cleanup.delete(remove)
    }
  }
  return { name: `cut/${group}`, run }
}

export const cutTests = [
  cutTest('lock', [['before-lock', false], ['lock-unanswered', false], ['lock-unanswered', true], ['before-write', false]]),
  cutTest('write', [['write-unanswered', false], ['write-unanswered', true], ['before-restart', false], ['before-reading-again', false]]),
  cutTest('restart', [['restart-unanswered', false], ['restart-unanswered', true], ['during-the-watch', false]]),
  cutTest('undo', [['delete-unanswered', false], ['delete-unanswered', true], ['before-unlock', false], ['unlock-unanswered', false]]),
]
