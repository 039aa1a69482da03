// Replays every recording once more as it would have been with fewer rights, and in each phase of a crash loop. Such a
// run may say less than the expected report, and never something else.
// Usage: variants [-v] [NAME...]      -v prints what each was told as
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { lessOf } from '../e2e/less.mjs'
import { removeScratch, scratchFolder } from '../scratch.mjs'
import { phases } from './phases.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const program = path.resolve(process.env.POSTFLIGHT ?? path.join(here, '../../build/postflight'))
const scratch = process.env.KEEP ?? scratchFolder('variants')
const verbose = process.argv.includes('-v')
const wanted = process.argv.slice(2).filter((a) => !a.startsWith('-'))

const SUBRESOURCE = { exec: 'exec', forward: 'portforward' }

// What a container or its process said is refused, for each of KINDS; null where none of them was asked.
const without = (...kinds) => (entries) => entries.some((e) => kinds.includes(e.ask?.kind)) && entries.map((entry) => {
  const kind = entry.ask?.kind
  if (!kinds.includes(kind)) return entry
  const text = `reader may not get pods/${SUBRESOURCE[kind]} (403); a Role must allow get and create on pods/${SUBRESOURCE[kind]}`
  return { ...entry, answer: { status: 0, elapsedMs: 5, err: { kind: 'forbidden', text } } }
})

const both = without('exec', 'forward')
const variants = {
  'no-exec': without('exec'),
  'no-forward': without('forward'),
  neither: both,
  ...phases,
  ...Object.fromEntries(Object.entries(phases).map(([name, vary]) => [`${name}-neither`, (entries) => {
    const varied = vary(entries)
    return varied && both(varied)
  }])),
}

const isPhase = (variant) => variant.split('-')[0] in phases

const parse = async (file) => JSON.parse(await readFile(file, 'utf8'))

// A folder with the recording NAME as it would have been; null where the variant makes no sense of it.
async function vary(name, variant) {
  const meta = await parse(path.join(here, name, 'meta.json'))
  // What a restart leads to was recorded as it went, not as one moment.
  if (isPhase(variant) && meta.options?.restart) return null
  const lines = (await readFile(path.join(here, name, 'exchanges.jsonl'), 'utf8')).split('\n').filter(Boolean)
  const varied = variants[variant](lines.map((line) => JSON.parse(line)))
  if (!varied) return null
  const folder = path.join(scratch, `${name}.${variant}`)
  await mkdir(folder, { recursive: true })
  if (existsSync(path.join(here, name, 'plan.json'))) await cp(path.join(here, name, 'plan.json'), path.join(folder, 'plan.json'))
  // A phase is one moment: nothing was recorded of how a wait would have gone on.
  if (isPhase(variant)) meta.options = { ...meta.options, waitMs: 0 }
  await writeFile(path.join(folder, 'meta.json'), JSON.stringify(meta))
  await writeFile(path.join(folder, 'exchanges.jsonl'), varied.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  return folder
}

function replay(folder) {
  const json = path.join(folder, 'report.json')
  const args = ['run', '--replay', folder, '-o', `json=${json}`, '-o', `text=${path.join(folder, 'report.txt')}`]
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', KUBECONFIG: '/nonexistent', LC_ALL: 'C.UTF-8' }
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: 60_000 }, async (error, out, err) => {
      const code = error ? (error.code ?? error.signal) : 0
      resolve({ code, err, report: await parse(json).catch(() => null) })
    })
  })
}

const told = ({ diagnosis }) => ({
  rootCauses: diagnosis.rootCauses.map((c) => c.id), candidates: diagnosis.undecided.flatMap((u) => u.modes),
})
const inWords = (report) => `[${told(report).rootCauses.join(' ')}] cannot tell [${told(report).candidates.join(' ')}]`

async function check(name, variant, full) {
  const folder = await vary(name, variant)
  if (!folder) return null
  const { code, report, err } = await replay(folder)
  if (!report) return [`no valid report (exit ${code}): ${err.slice(0, 300)}`]
  const problems = []
  const { rootCauses } = told(full)
  const failed = full.checklist.filter((i) => i.verdict === 'fail').map((i) => i.id)
  // With fewer rights from the beginning other candidates remain, too.
  const limited = name.startsWith('rbac-') ? told(report).candidates : []
  lessOf(report, code, { rootCauses, failed, candidates: [...told(full).candidates, ...limited] }, problems)
  if (verbose) console.log(`     ${name} ${variant}: ${inWords(full)} → ${inWords(report)}, exit ${full.exitCode} → ${code}`)
  return problems
}

const folders = (await readdir(here, { withFileTypes: true })).filter((e) => e.isDirectory()).map((e) => e.name).sort()
const names = folders.filter((n) => existsSync(path.join(here, n, 'exchanges.jsonl')) && (wanted.length === 0 || wanted.some((w) => n.includes(w))))
const queue = names.flatMap((name) => Object.keys(variants).map((variant) => ({ name, variant })))
let passed = 0
let failed = 0

async function worker() {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { name, variant } = next
    const problems = await check(name, variant, await parse(path.join(here, name, 'report.json')))
    if (!problems) continue
    if (problems.length > 0) failed += 1
    else passed += 1
    if (problems.length > 0) console.log([`FAIL variants/${name} ${variant}`, ...problems].join('\n       '))
  }
}

await Promise.all([worker(), worker()])
if (!process.env.KEEP) removeScratch(scratch)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
