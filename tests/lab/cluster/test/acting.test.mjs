// A whole lab, as users see it: the documented deployment, faults, the restart, and that nothing is left of it. What
// README.md shows is held against these runs.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { endOnSignals, removeScratch, scratchFolder } from '../../../scratch.mjs'
import { breakWith, install, program } from '../../documented.mjs'
import { alive, endLab, execute, here, launchLab } from '../../running.mjs'
import { screens, screenText, stale } from '../../screens.mjs'

const NAMESPACE = 'retail-store'
const readme = await readFile(path.join(here, '../../README.md'), 'utf8')
const skip = existsSync(program) ? false : `there is no ${program}`
let folder
let lab

async function judge(...args) {
  const file = path.join(folder, 'report.json')
  const { code, out, err } = await execute(program, ['run', '-n', NAMESPACE, ...args, '-o', 'text', '-o', `json=${file}`], { env: { ...process.env, NO_COLOR: '1' } })
  const report = JSON.parse(await readFile(file, 'utf8'))
  return { code, out, err, causes: report.diagnosis.rootCauses.map((c) => c.id), report }
}

// The processes that run in a folder, or for it: a lab's name is in the environment of all that it starts.
function processesOf(place) {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`LAB_POD=${place}`) || readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(place)
    } catch {
      return false // it has ended
    }
  })
}

async function until(condition, seconds, what) {
  for (const deadline = Date.now() + seconds * 1000; !(await condition());) {
    assert.ok(Date.now() < deadline, `not within ${seconds} s: ${what()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

before(async () => {
  if (skip) return
  folder = scratchFolder('lab')
  endOnSignals(() => endLab(folder))
  lab = await launchLab(folder)
  process.env.KUBECONFIG = lab.kubeconfig
  await install(NAMESPACE)
})

after(async () => {
  if (skip) return
  await endLab(folder)
  removeScratch(folder)
})

test('the_documented_deployment_is_found_in_order', { skip }, async () => {
  const { code, causes, report, out } = await judge()
  assert.deepEqual([code, causes], [0, []], out)
  assert.deepEqual(report.checklist.filter((i) => i.verdict !== 'pass').map((i) => i.id), ['persistence'])
})

test('the_restart_shows_that_the_table_is_made_anew', { skip }, async () => {
  const { code, causes, out } = await judge('--restart', '-q')
  assert.deepEqual([code, causes], [1, ['table-recreated-at-start']], out)
  assert.deepEqual(stale(readme, { restart: screenText(screens.restart.args, out) }), [], 'README.md is stale: make screens')
})

test('a_wrong_host_is_found_and_its_fix_works', { skip }, async () => {
  await breakWith(NAMESPACE, screens.fault.fault)
  const broken = await judge()
  assert.deepEqual([broken.code, broken.causes], [1, ['endpoint-host']], broken.out)
  assert.deepEqual(stale(readme, { fault: screenText(screens.fault.args, broken.out) }), [], 'README.md is stale: make screens')
  const { command } = broken.report.diagnosis.rootCauses[0].fix.find((f) => f.command)
  const fixed = await execute('sh', ['-c', command])
  assert.equal(fixed.code, 0, fixed.err)
  const mended = await judge()
  assert.deepEqual([mended.code, mended.causes], [0, []], mended.out)
})

test('a_reference_to_a_secret_that_is_not_there_is_found', { skip }, async () => {
  await breakWith(NAMESPACE, 'config-reference-missing')
  const { code, causes, out } = await judge()
  assert.deepEqual([code, causes], [1, ['config-reference-missing']], out)
})

test('a_process_of_a_pod_neither_sees_nor_signals_those_of_others', { skip }, async () => {
  const script = `ls /etc/hostname >/dev/null; kill -0 ${process.pid} 2>&1; read -r name </proc/${process.pid}/comm 2>&1; echo "kill $?"; echo x >/pf-not-here; cat /etc/resolv.conf`
  const { out, err } = await execute('kubectl', ['-n', NAMESPACE, 'exec', 'deploy/dynamodb', '--', 'sh', '-c', script])
  assert.match(out, /No such process/)
  assert.match(out, /search retail-store\.svc\.cluster\.local/)
  assert.match(err, /cannot create \/pf-not-here/)
  assert.equal(existsSync('/pf-not-here'), false)
})

test('nothing_is_left_of_a_lab_that_was_ended', { skip }, async () => {
  assert.notDeepEqual(processesOf(folder), [])
  await endLab(folder)
  assert.deepEqual(processesOf(folder), [])
  assert.equal(existsSync(path.join(folder, 'network')), false)
})

test('nothing_is_left_of_a_lab_that_was_killed', { skip }, async () => {
  const own = scratchFolder('lab')
  try {
    const { pid, kubeconfig } = await launchLab(own)
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one', namespace: 'default' }, spec: { containers: [{ name: 'db', image: 'amazon/dynamodb-local:1.25.1', command: ['sh', '-c', 'trap "" TERM; sleep 600 & wait'] }] } }
    await execute('kubectl', ['--kubeconfig', kubeconfig, 'create', '-f', '-'], { input: JSON.stringify(pod) })
    await until(() => processesOf(own).length >= 3, 20, () => `processes ${processesOf(own)}`)
    process.kill(pid, 'SIGKILL')
    await until(() => !alive(pid) && processesOf(own).length === 0, 10, () => `left: ${processesOf(own)}`)
  } finally {
    await endLab(own)
    removeScratch(own)
  }
})
