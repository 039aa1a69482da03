// Runs the tests whose names match, a few at a time, and prints a line for each as it ends.
import { has } from './capabilities.mjs'
import { ciTests } from './ci.mjs'
import { ALSO_FROM_INSIDE, inclusterTests } from './incluster.mjs'
import { conformanceTests } from './conformance/suite.mjs'
import { cutTests } from './cut.mjs'
import { consentTests } from './consent.mjs'
import { scenarioRows } from './groups.mjs'
import { interruptionTests } from './interruptions.mjs'
import { kubeconfigTests } from './kubeconfig.mjs'
import { kubectl, stopProxy } from './cluster.mjs'
import { manifestTests } from './manifests.mjs'
import { rbacTests } from './rbac.mjs'
import { scenarioTest } from './scenario.mjs'
import { vantageTests } from './vantage.mjs'

const tests = [
  ...(await scenarioRows()).map(({ group, row }) => scenarioTest(group, row)),
  ...inclusterTests,
  ...vantageTests,
  ...ciTests,
  ...consentTests,
  ...interruptionTests,
  ...cutTests,
  ...conformanceTests,
  ...rbacTests,
  ...manifestTests,
  ...kubeconfigTests,
]

const args = process.argv.slice(2)
const filters = args.filter((a) => !a.startsWith('-'))
const chosen = tests.filter((t) => filters.length === 0 || filters.some((f) => t.name.includes(f) || t.also?.includes(f)))
const unknown = ALSO_FROM_INSIDE.filter((name) => !tests.some((t) => t.also === `incluster/${name}`))
if (unknown.length) throw new Error(`no such scenario: ${unknown}`)
if (args.includes('--list')) {
  for (const test of chosen) console.log(test.name)
  process.exit(0)
}

try {
  await kubectl(['get', '--raw', '/readyz'], { seconds: 20 })
} catch (error) {
  console.error(`no cluster to test on (KUBECONFIG=${process.env.KUBECONFIG ?? ''}): ${error.message}`)
  process.exit(1)
}

let passed = 0
let failed = 0
// What changes the whole cluster comes last, by itself, and only where nobody else uses the cluster.
function whyNot(test) {
  if (!has(test.needs)) return `the cluster lacks ${test.needs}`
  if (test.exclusive && process.env.E2E_EXCLUSIVE !== '1') return 'it takes something from the whole cluster, which is others\' too without E2E_EXCLUSIVE=1'
  return test.skip
}
const waiting = chosen.filter((t) => !whyNot(t) && !t.exclusive)
const alone = chosen.filter((t) => !whyNot(t) && t.exclusive)
const left = chosen.filter(whyNot)
for (const test of left) console.log(`skip ${test.name}: ${whyNot(test)}`)
for (const test of chosen.filter((t) => t.also && !has('images'))) console.log(`skip ${test.also}, a part of ${test.name}: the cluster lacks images`)
const undo = new Set()
const context = { cleanup: undo }

async function worker(queue) {
  for (let test = queue.shift(); test; test = queue.shift()) {
    const begun = Date.now()
    let problems
    try {
      problems = await test.run(context)
    } catch (error) {
      problems = [error.message]
    }
    const seconds = ((Date.now() - begun) / 1000).toFixed(1)
    if (problems.length === 0) passed += 1
    else failed += 1
    console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${test.name} (${seconds} s)`)
    for (const problem of problems) console.log(problem.replace(/^/gm, '       '))
  }
}

let ending = false

async function end(interrupted = false) {
  if (ending) return
  ending = true
  for (const result of await Promise.allSettled([...undo].map((f) => f()))) {
    if (result.status === 'rejected') console.log(`clean-up: ${result.reason.message}`)
  }
  await stopProxy()
  const tail = left.length ? `, ${left.length} skipped` : ''
  console.log(`${passed} passed, ${failed + (interrupted ? 1 : 0)} failed${tail}`)
  process.exit(interrupted || failed > 0 || passed === 0 ? 1 : 0)
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    waiting.length = 0
    alone.length = 0
    end(true)
  })
}

await Promise.all(Array.from({ length: Number(process.env.PARALLEL ?? 3) }, () => worker(waiting)))
await worker(alone)
await end()
