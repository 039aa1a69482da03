// Replays every recording of a real cluster and compares both reports with the expected ones beside it.
// Usage: run [--golden] [NAME...]      --golden rewrites what is expected: read the difference before you commit it.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { endOnSignals, scratchFolder } from '../scratch.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const program = path.resolve(process.env.POSTFLIGHT ?? path.join(here, '../../build/postflight'))
const golden = process.argv.includes('--golden')
const wanted = process.argv.slice(2).filter((a) => !a.startsWith('-'))
const scratch = scratchFolder('recordings')
endOnSignals()

// Nothing of this machine may be needed: no kubeconfig, no home, no terminal.
function replay(name) {
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', KUBECONFIG: '/nonexistent', LC_ALL: 'C.UTF-8' }
  for (const key of Object.keys(process.env)) if (/SAN_OPTIONS$/.test(key)) env[key] = process.env[key]
  const json = path.join(scratch, `${name}.json`)
  const args = ['run', '--replay', path.join(here, name), '-o', `json=${json}`, '-o', 'text']
  return new Promise((resolve) => {
    execFile(program, args, { env, maxBuffer: 16 << 20, timeout: 60_000 }, async (error, out, err) => {
      const report = existsSync(json) ? await readFile(json, 'utf8') : ''
      resolve({ code: error ? (error.code ?? error.signal) : 0, report, text: out, err })
    })
  })
}

// The first line in which two texts differ, for a person to start with.
function firstDifference(expected, got) {
  const a = expected.split('\n')
  const b = got.split('\n')
  const at = a.findIndex((line, i) => line !== b[i])
  return at < 0 ? `line ${a.length + 1}: ${b[a.length] ?? ''}` : `line ${at + 1}: expected ${a[at]}\n       got ${b[at] ?? '(nothing)'}`
}

// The digest is another one after every edit of the plan, and says nothing about what a run found.
const withoutDigest = (report) => report.replace(/("digest": )"[0-9a-f]{16}"/, '$1"(of the plan)"')

async function check(name) {
  const run = await replay(name)
  const problems = []
  let exitCode
  try {
    exitCode = JSON.parse(run.report).exitCode
  } catch {
    return [`no valid report (exit ${run.code}): ${run.err.slice(0, 300)}`]
  }
  if (exitCode !== run.code) problems.push(`exit ${run.code}, the report says ${exitCode}`)
  if (run.report.includes('not in the recording')) problems.push('asks what is not in the recording: take it anew')
  for (const [file, got] of [['report.json', withoutDigest(run.report)], ['report.txt', run.text]]) {
    const expected = path.join(here, name, file)
    if (golden) await writeFile(expected, got)
    const text = existsSync(expected) ? await readFile(expected, 'utf8') : ''
    if (text !== got) problems.push(`${file} differs, ${firstDifference(text, got)}`)
  }
  return problems
}

const folders = (await readdir(here, { withFileTypes: true })).filter((e) => e.isDirectory()).map((e) => e.name).sort()
const names = folders.filter((n) => wanted.length === 0 || wanted.some((w) => n.includes(w)))
let failed = 0
for (const name of names) {
  const problems = await check(name)
  if (problems.length > 0) failed += 1
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} recordings/${name}`)
  for (const problem of problems) console.log(`       ${problem}`)
}
console.log(`${names.length - failed} passed, ${failed} failed`)
process.exit(failed > 0 || names.length === 0 ? 1 : 0)
