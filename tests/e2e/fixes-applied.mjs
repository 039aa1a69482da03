// Is every command that the plan offers as a fix applied by a row of scenarios/, or is it said why not (fixes.json)? One
// that stands in neither way is a promise that nobody has tried. Without a cluster this compares the three lists, and
// with the recordings what the row's report really offers.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandsOf, nameOf, stems, table } from './fixes.mjs'
import { scenarioRows } from './groups.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const json = async (...names) => JSON.parse(await readFile(path.join(root, ...names), 'utf8'))
const plan = await json('checks/cart-dynamodb/plan.json')

function offered() {
  const all = plan.modes.flatMap((mode) => mode.fix.map((fix) => ({ mode: mode.id, fix: nameOf(fix) })).filter((f) => f.fix))
  return [...new Map(all.map((f) => [`${f.mode} ${f.fix}`, f])).values()]
}

const looks = /^kubectl( -n \S+)? (get|describe|logs) /

async function problemsOf({ mode, fix, row, reason }, rows) {
  if (looks.test(fix)) return ['looks, and changes nothing']
  if (reason) return row ? ['has a row and a reason'] : []
  const found = rows.find((r) => `${r.group}/${r.row.name}` === row)
  if (!found) return [`there is no row ${row}`]
  if (!found.row.fixWorks) return [`${row} does not apply its fix`]
  if (found.row.expect.rootCauses[0] !== mode) return [`${row} is not about ${mode}`]
  const folder = path.join('tests/recordings', row.replace('/', '-'))
  if (!existsSync(path.join(root, folder))) return []
  const [cause] = (await json(folder, 'report.json')).diagnosis.rootCauses
  return stems(fix, commandsOf(cause)) ? [] : [`${row} was offered another: ${commandsOf(cause).join(' ; ')}`]
}

async function check() {
  const rows = await scenarioRows()
  const same = (a) => (b) => a.mode === b.mode && a.fix === b.fix
  const results = []
  for (const entry of offered()) {
    const known = table.find(same(entry))
    results.push([entry, known ? await problemsOf(known, rows) : ['no row of tests/e2e applies it, and fixes.json gives no reason']])
  }
  for (const entry of table.filter((e) => !offered().some(same(e)))) results.push([entry, ['the plan has no such fix']])
  for (const { group, row } of rows.filter((r) => r.row.fixWorks)) {
    const name = `${group}/${row.name}`
    const claimed = table.some((e) => e.row === name) || table.some((e) => e.mode === row.expect.rootCauses[0] && !e.reason)
    if (!claimed) results.push([{ mode: row.expect.rootCauses[0], fix: name }, ['the row applies a fix that fixes.json does not know']])
  }
  for (const [{ mode, fix }, problems] of results) console.log(`${problems.length ? 'FAIL' : 'ok  '} fixes/${mode}: ${[fix, ...problems].join('\n       ')}`)
  const failed = results.filter(([, problems]) => problems.length > 0).length
  console.log(`${results.length - failed} passed, ${failed} failed`)
  return failed
}

process.exitCode = (await check()) ? 1 : 0
