// The commands that the plan offers as fixes, each beside the row of scenarios/ that applies it to a broken deployment,
// or the reason why none does: fixes.json. A command that stands in neither way is a promise that nobody has tried.
// Without a cluster this compares the three lists, and with the recordings what the row's report really offers.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { scenarioRows } from './groups.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const root = path.join(here, '../..')
const json = async (...names) => JSON.parse(await readFile(path.join(...names), 'utf8'))

// What a fix of the plan does, in one line; null when it is an instruction.
export function nameOf(fix) {
  if (fix.command) return fix.command
  if (!fix.set_env) return null
  return `set ${Object.entries(fix.set_env).map(([name, value]) => `${name}=${value}`).join(' ')}`
}

// The commands of a report's root cause that a reader runs: all of the first way, in order.
export function commandsOf(cause) {
  const others = cause.fix.findIndex((f) => f.alternative)
  return cause.fix.slice(0, others < 0 ? undefined : others).flatMap((f) => f.command ?? [])
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const filled = (template) => template.split(/\$\{[^}]*\}/).map(escaped).join('.*')

// Whether COMMANDS are among what the fix NAME of the table becomes. A variable is set where it comes from.
export function stems(name, commands) {
  if (!name.startsWith('set ')) return commands.some((c) => new RegExp(`^${filled(name)}$`).test(c))
  return name.slice(4).split(' ').every((pair) => {
    const [variable, value] = [pair.slice(0, pair.indexOf('=')), filled(pair.slice(pair.indexOf('=') + 1))]
    return commands.some((c) => new RegExp(`'?${variable}(=${value}|-|":"${value}")`).test(c))
  })
}

export const table = await json(here, 'fixes.json')
const plan = await json(root, 'checks/cart-dynamodb/plan.json')

function offered() {
  const all = plan.modes.flatMap((mode) => mode.fix.map((fix) => ({ mode: mode.id, fix: nameOf(fix) })).filter((f) => f.fix))
  return [...new Map(all.map((f) => [`${f.mode} ${f.fix}`, f])).values()]
}

async function problemsOf({ mode, fix, row, reason }, rows) {
  if (reason) return row ? ['has a row and a reason'] : []
  const found = rows.find((r) => `${r.group}/${r.row.name}` === row)
  if (!found) return [`there is no row ${row}`]
  if (!found.row.fixWorks) return [`${row} does not apply its fix`]
  if (found.row.expect.rootCauses[0] !== mode) return [`${row} is not about ${mode}`]
  const folder = path.join(root, 'tests/recordings', row.replace('/', '-'))
  if (!existsSync(folder)) return []
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

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = (await check()) ? 1 : 0
