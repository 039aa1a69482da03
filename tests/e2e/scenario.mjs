// One row of a scenario table as a test: namespace, objects, the state to wait for, the run, what is expected
// of it, its replay, and, where the row says so, the fix carried out and a second run.
import { has } from './capabilities.mjs'
import { apply, createNamespace, deleteNamespace, execute, namespaceFor, until } from './cluster.mjs'
import { serving } from './conditions.mjs'
import { compare, noCanary, reportOf } from './expect.mjs'
import { commandsOf, stems, table } from './fixes.mjs'
import { ALSO_FROM_INSIDE, judgeFromInside, prepareInside } from './incluster.mjs'
import { Documented } from './manifest.mjs'
import { judgePhases } from './phases.mjs'
import { judge, outputFolder } from './postflight.mjs'
import { judgeAsReader, suits } from './rights.mjs'

// Without --restart a working deployment ends with persistence skipped and everything else in order.
export const HEALTHY = { rootCauses: [], failed: [], exit: 0, verdicts: { persistence: 'skip' } }

export function scenarioTest(group, scenario) {
  const name = `${group}/${scenario.name}`
  const inside = ALSO_FROM_INSIDE.includes(scenario.name)
  return {
    name, also: inside ? `incluster/${scenario.name}` : '',
    skip: scenario.skip, exclusive: scenario.exclusive, needs: scenario.needs,
    run: (context) => runScenario(name, { ...scenario, inside: inside && has('images') }, context),
  }
}

async function runScenario(name, scenario, context) {
  const namespace = namespaceFor(scenario.name)
  const folder = await outputFolder(name.replace('/', '-'))
  const app = new Documented()
  const test = { name, namespace, folder, app, context, problems: [] }
  scenario.mutate?.(app, namespace)
  const spaces = [namespace, ...(scenario.otherNamespaces?.(namespace) ?? [])]
  const remove = async () => {
    await scenario.undo?.(namespace)
    if (!process.env.KEEP) await Promise.all(spaces.map((s) => deleteNamespace(s)))
  }
  context.cleanup.add(remove)
  try {
    for (const space of spaces) await createNamespace(space, app.namespaceLabels)
    await bringUp(scenario, test)
    if (scenario.phases) test.problems.push(...await judgePhases(scenario, test))
    await observe(scenario, test)
    return test.problems
  } finally {
    await remove()
    context.cleanup.delete(remove)
  }
}

async function bringUp(scenario, { namespace, app }) {
  const objects = app.objects()
  if (scenario.inside) await prepareInside(namespace)
  if (scenario.cartLast) {
    await apply(namespace, objects.filter((o) => o !== app.cart))
    await until(namespace, scenario.cartLast)
    await apply(namespace, [app.cart])
  } else {
    await apply(namespace, objects)
  }
  await until(namespace, scenario.waitFor ?? serving)
  if (scenario.then) {
    await scenario.then.act(namespace, app)
    if (scenario.then.waitFor) await until(namespace, scenario.then.waitFor)
  }
}

async function observe(scenario, test) {
  const { namespace, folder, app, problems } = test
  const args = ['-n', namespace, ...(scenario.args ?? [])]
  const [run, reader, inside] = await Promise.all([
    judge(folder, '', args, { record: true }),
    suits(scenario) ? judgeAsReader(test.context, folder, args, scenario.expect, app.canary) : [],
    scenario.inside ? judgeFromInside(test.context, namespace, scenario.args, scenario.expect, app.canary) : [],
    scenario.during?.(namespace),
  ])
  problems.push(...reader, ...inside)
  await noCanary(run, app.canary, problems)
  const report = reportOf(run.json, run.code, problems)
  if (!report) {
    problems.push(`exit ${run.code}, ${run.command}`, run.err.slice(0, 500))
    return
  }
  compare(report, run.code, scenario.expect, problems)
  await scenario.after?.(namespace, problems)
  await replay(run, test)
  if (problems.length > 0) problems.push(`see ${folder}`)
  else if (scenario.fixWorks) await fix(scenario, report, args, test)
}

async function replay(run, { folder, problems }) {
  // Nothing of this machine's configuration may be needed offline.
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', KUBECONFIG: '/nonexistent' }
  const again = await judge(folder, 'replay-', [], { env, replay: run.recording })
  if (again.json !== run.json) problems.push('the replay gives another report')
  if (again.code !== run.code) problems.push(`the replay ends with ${again.code} instead of ${run.code}`)
}

async function fix(scenario, report, args, { name, namespace, folder, app, problems }) {
  const commands = commandsOf(report.diagnosis.rootCauses[0])
  if (commands.length === 0) {
    problems.push('the root cause offers no command')
    return
  }
  for (const entry of table.filter((e) => e.row === name && !stems(e.fix, commands))) {
    problems.push(`fixes.json expects ${entry.fix}, offered is ${commands.join(' ; ')}`)
  }
  for (const command of commands) {
    const done = await execute('sh', ['-c', command], { seconds: 60 })
    if (done.code !== 0) {
      problems.push(`the fix failed (${done.code}): ${command}\n${done.err.trim()}`)
      return
    }
  }
  await until(namespace, scenario.afterFix?.waitFor ?? serving, 240)
  const run = await judge(folder, 'fixed-', args)
  await noCanary(run, app.canary, problems)
  const after = reportOf(run.json, run.code, problems)
  if (after) compare(after, run.code, scenario.afterFix?.expect ?? HEALTHY, problems)
  if (problems.length > 0) problems.push(`after the fix: ${commands.join(' ; ')}`, `see ${folder}`)
}
