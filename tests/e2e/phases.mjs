// What one sees must not depend on when one looks: a crash loop judged while its container runs again, has just ended,
// and waits for its next start, in whichever order these come.
import { until } from './cluster.mjs'
import { compare, noCanary, reportOf } from './expect.mjs'
import { lessOf } from './less.mjs'
import { judge } from './postflight.mjs'

const PHASES = {
  running: ({ state, lastState }) => state.running && lastState.terminated,
  terminated: ({ state }) => state.terminated,
  waiting: ({ state }) => state.waiting?.reason === 'CrashLoopBackOff',
}

function phaseOf({ pods }) {
  const status = pods.filter((p) => p.metadata.labels?.app === 'cart' && !p.metadata.deletionTimestamp)
    .flatMap((p) => p.status.containerStatuses ?? []).find((c) => c.name === 'cart')
  return status && Object.keys(PHASES).find((phase) => PHASES[phase](status))
}

// A promise of what is wrong in any of the phases.
export async function judgePhases(scenario, { namespace, folder, app }) {
  const left = new Set(Object.keys(PHASES))
  const problems = []
  while (left.size > 0) {
    const isNew = Object.assign((snapshot) => left.has(phaseOf(snapshot)), { what: `the cart is ${[...left].join(' or ')}` })
    const phase = phaseOf(await until(namespace, isNew))
    left.delete(phase)
    // At once: with a wait it would be judged when it has gone through the other phases.
    const run = await judge(folder, `${phase}-`, ['-n', namespace, ...(scenario.args ?? []), '--wait', '0s'], { record: true })
    problems.push(...(await problemsOf(run, scenario.expect, app.canary)).map((problem) => `while the cart is ${phase}: ${problem}`))
  }
  return problems
}

// In a phase an observation may be impossible. Where the causes are told all the same, everything else is, too.
async function problemsOf(run, expected, canary) {
  const problems = []
  await noCanary(run, canary, problems)
  const report = reportOf(run.json, run.code, problems)
  if (!report) return [...problems, `exit ${run.code}, ${run.command}`, run.err.slice(0, 500)]
  lessOf(report, run.code, expected, problems)
  const told = report.diagnosis.rootCauses.map((c) => c.id)
  if (expected.rootCauses.every((c) => told.includes(c))) compare(report, run.code, expected, problems)
  return problems
}
