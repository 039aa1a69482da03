// What each scenario should be told as, and what the last run of it was: read from what that left in E2E_OUT.
// Then the failure modes that no scenario has. Ends with 1 when a scenario was told otherwise, or none has run.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { execute } from './cluster.mjs'
import { scenarioRows } from './groups.mjs'
import { outputs, program } from './postflight.mjs'

const words = (list) => (list.length > 0 ? [...list].sort().join(' ') : 'healthy')

async function told(group, row) {
  const text = await readFile(path.join(outputs, `${group}-${row.name}`, 'report.json'), 'utf8').catch(() => null)
  if (text === null) return null
  const report = JSON.parse(text)
  return {
    causes: words(report.diagnosis.rootCauses.map((c) => c.id)),
    failed: report.checklist.filter((i) => i.verdict === 'fail').map((i) => i.id).sort().join(' '),
  }
}

const table = []
for (const { group, row } of await scenarioRows()) {
  const got = await told(group, row)
  const expected = words(row.expect.rootCauses)
  const failed = [...row.expect.failed].sort().join(' ')
  const right = got && got.causes === expected && got.failed === failed
  table.push({ mark: got ? (right ? '✔' : '✖') : '–', name: `${group}/${row.name}`, expected, got: got ? got.causes : 'not run', items: got?.failed ?? '' })
}

const width = (column) => Math.max(...table.map((line) => line[column].length))
const widths = { name: width('name'), expected: width('expected'), got: width('got') }
console.log(`  ${'scenario'.padEnd(widths.name)}  ${'expected'.padEnd(widths.expected)}  ${'got'.padEnd(widths.got)}  failed items`)
for (const { mark, name, expected, got, items } of table) {
  console.log(`${mark} ${name.padEnd(widths.name)}  ${expected.padEnd(widths.expected)}  ${got.padEnd(widths.got)}  ${items}`.trimEnd())
}

const { out } = await execute(program, ['list', 'modes'])
const met = new Set(table.flatMap((line) => line.expected.split(' ')))
const unmet = out.split('\n').map((line) => line.split(' ')[0]).filter((mode) => mode && !met.has(mode))
console.log(`\nwithout a scenario: ${unmet.join(' ') || 'none'}`)

const count = (mark) => table.filter((line) => line.mark === mark).length
console.log(`${count('✔')} as expected, ${count('✖')} otherwise, ${count('–')} not run`)
process.exitCode = count('✖') > 0 || count('✔') === 0 ? 1 : 0
