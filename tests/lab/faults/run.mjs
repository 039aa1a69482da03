// Runs postflight against servers that break their word, one fault a run: run [--list] [--keep] [FILTER...]
// The rest of each run is answered from the recording of a healthy one.
import { execFile, spawn } from 'node:child_process'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { endOnSignals, keepScratch, scratchFolder } from '../../scratch.mjs'
import { makeCertificates } from './authority.mjs'
import { answers } from './cases/answers.mjs'
import { connection } from './cases/connection.mjs'
import { documents } from './cases/documents.mjs'
import { sockets } from './cases/sockets.mjs'
import { watches } from './cases/watches.mjs'
import { CANARY, RecordedApi } from './recording.mjs'
import { violation } from './schema.mjs'
import { FaultServer } from './server.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')
const program = path.resolve(process.env.POSTFLIGHT ?? path.join(root, 'build/postflight'))
const recordings = path.join(root, 'tests/recordings')

const TOKEN = `${CANARY}TokenOfTheClient`
const SECONDS = 60 // no run may take longer, however slow the machine
// Where nobody answers, the time has to run out; elsewhere a busy machine must not make it.
const IMPATIENT = ['--request-timeout', '1s', '--timeout', '6s', '--wait', '1s']
const PATIENT = ['--request-timeout', '10s', '--timeout', '25s', '--wait', '1s']
const MEMORY_MB = 400 // many times what a run needs, and less than any of the bombs

const cases = [connection, answers, documents, watches, sockets].flat()
const words = process.argv.slice(2)
const filters = words.filter((w) => !w.startsWith('-'))
const chosen = cases.filter((c) => filters.length === 0 || filters.some((f) => c.name.includes(f)))
if (words.includes('--list')) {
  for (const one of chosen) console.log(one.name)
  process.exit(0)
}

// A healthy run that had nothing to wait for: there a fault is all that differs.
async function quietRecording() {
  const names = (await readdir(recordings)).filter((n) => n.startsWith('healthy-')).sort()
  for (const name of names) {
    const folder = path.join(recordings, name)
    if (!/^\{"watch"/m.test(await readFile(path.join(folder, 'exchanges.jsonl'), 'utf8'))) return new RecordedApi(folder)
  }
  throw new Error('every recording of a healthy deployment waited for something')
}

const scratch = scratchFolder('faults')
endOnSignals()
const certificates = await makeCertificates(scratch)
const api = await quietRecording()
const schema = JSON.parse((await promisify(execFile)(program, ['schema', 'report'])).stdout)
await writeFile(path.join(scratch, 'token'), TOKEN, { mode: 0o600 })

// The most memory that a process ever held, in MB: the kernel keeps count, so the last look is enough.
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

// Runs to the end; {code, text: everything printed, report: the file's text, peak: MB}.
function judge(url, folder, args) {
  const file = path.join(folder, 'report.json')
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', KUBECONFIG: '', LC_ALL: 'C.UTF-8' }
  for (const key of Object.keys(process.env)) if (/SAN_OPTIONS$/.test(key)) env[key] = process.env[key]
  const full = ['run', '-n', api.namespace, '--server', url, '--certificate-authority', certificates.file, '--token-file', path.join(scratch, 'token'),
    '-o', `json=${file}`, '-o', 'text', '-v', ...args]
  return new Promise((resolve) => {
    const child = spawn(program, full, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const text = []
    let peak = 0
    const look = setInterval(() => {
      peak = Math.max(peak, peakOf(child.pid))
    }, 20)
    const late = setTimeout(() => child.kill('SIGKILL'), SECONDS * 1000)
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => text.push(d))
    child.on('close', async (code, signal) => {
      clearInterval(look)
      clearTimeout(late)
      const report = await readFile(file, 'utf8').catch(() => '')
      resolve({ code: code ?? signal, text: Buffer.concat(text).toString('utf8'), report, peak })
    })
  })
}

// Every sentence that says why something could not be observed.
const reasons = (report) => [...report.checks, ...report.checklist].filter((c) => c.verdict === 'error').map((c) => c.message)

function verdicts(one, run, report, exchanges, problems) {
  const failed = [...report.checklist, ...report.checks].filter((c) => c.verdict === 'fail').map((c) => c.id)
  if (failed.length > 0) problems.push(`trouble of our own is told as a failure: ${failed}`)
  if (report.diagnosis.rootCauses.length > 0) problems.push(`a root cause: ${report.diagnosis.rootCauses.map((c) => c.id)}`)
  const exit = one.exit ?? 2
  if (run.code !== exit) problems.push(`exit ${run.code}, expected ${exit}`)
  if (one.exchanges && exchanges > one.exchanges) problems.push(`${exchanges} questions were asked`)
  if (report.exitCode !== run.code) problems.push(`exitCode is ${report.exitCode}, the process ended with ${run.code}`)
  if (exit === 2 && report.verdict !== 'error') problems.push(`the verdict is ${report.verdict}`)
  for (const id of one.errors ?? []) {
    const check = report.checks.find((c) => c.id === id)
    if (check?.verdict !== 'error') problems.push(`${id} is ${check?.verdict}, expected error: ${check?.message}`)
  }
  for (const phrase of [one.says ?? []].flat()) {
    const said = exit === 2 ? reasons(report) : [run.report, run.text]
    if (!said.some((m) => phrase.test(m))) problems.push(`nothing says ${phrase}: ${JSON.stringify([...new Set(said)]).slice(0, 900)}`)
  }
}

async function check(one) {
  const folder = path.join(scratch, one.name)
  await mkdir(folder)
  let struck = 0
  const server = new FaultServer({
    api, certificate: certificates[one.certificate ?? 'right'], wire: one.wire, http1: one.http1,
    fault: (exchange) => {
      if (!one.on?.(exchange)) return false
      struck += 1
      return one.act(exchange, struck) !== false
    },
  })
  const url = await server.start()
  const run = await judge(one.url?.(url) ?? url, folder, [...(one.silent ? IMPATIENT : PATIENT), ...(one.args ?? [])])
  server.stop()
  const problems = []
  if (one.on && struck === 0) problems.push('the fault never struck: nothing was asked there')
  if (typeof run.code !== 'number') problems.push(`it ended by ${run.code}`)
  if (/Sanitizer|runtime error/.test(run.text)) problems.push(run.text.slice(0, 2000))
  if (run.peak > MEMORY_MB) problems.push(`it took ${run.peak.toFixed(0)} MB`)
  if (run.text.includes(CANARY) || run.report.includes(CANARY)) problems.push('a secret was printed')
  const report = parsed(run.report, problems)
  if (report) verdicts(one, run, report, server.exchanges.length, problems)
  else problems.push(run.text.slice(0, 500))
  return problems
}

function parsed(text, problems) {
  try {
    const report = JSON.parse(text)
    const found = violation(schema, report)
    if (found) problems.push(found)
    return found ? null : report
  } catch (error) {
    problems.push(`the report is not one JSON document: ${error.message}`)
    return null
  }
}

let failed = 0
const waiting = [...chosen]
async function worker() {
  for (let one = waiting.shift(); one; one = waiting.shift()) {
    const begun = Date.now()
    const problems = await check(one).catch((error) => [error.stack])
    if (problems.length > 0) failed += 1
    console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} faults/${one.name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`)
    for (const problem of problems) console.log(problem.replace(/^/gm, '       '))
  }
}
// Most of them wait rather than work.
await Promise.all(Array.from({ length: Number(process.env.PARALLEL ?? 10) }, worker))
if (words.includes('--keep')) console.log(`see ${keepScratch(scratch)}, there until the next run`)
console.log(`${chosen.length - failed} passed, ${failed} failed`)
process.exit(failed > 0 || chosen.length === 0 ? 1 : 0)
