// The failure modes of the plan, and for each what shows it: scenarios of tests/e2e, recordings, pairs.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { scenarioRows } from '../e2e/groups.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
export const root = path.join(here, '../..')
const recordings = path.join(root, 'tests/recordings')

export const HEALTHY = 'healthy'

// The lines of a table beside this file, each as its columns.
async function table(name) {
  const text = await readFile(path.join(here, name), 'utf8')
  return text.split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split('|').map((column) => column.trim()))
}

const sideOf = (text = '') => {
  const [mode, ...names] = text.split(/ +/)
  return { mode, names }
}

// [{ sides: [{ mode, names of recordings }, …], apart: what tells them apart }]
export const readPairs = async () => (await table('pairs')).map(([one, other, apart = '']) => ({ sides: [sideOf(one), sideOf(other)], apart }))

// Map: mode → { why, file, test }
export async function readOffline() {
  const rows = await table('offline')
  return new Map(rows.map(([mode, why = '', where = '']) => [mode, { why, file: where.split(' ')[0], test: where.split(' ')[1] }]))
}

export async function readModes() {
  const plan = JSON.parse(await readFile(path.join(root, 'checks/cart-dynamodb/plan.json'), 'utf8'))
  return plan.modes.map(({ id, help = '' }) => ({ id, help }))
}

// What a report found: the ids of its root causes and of what it could not tell, and the failed items.
export function found(report) {
  return {
    causes: report.diagnosis.rootCauses.map((cause) => cause.id),
    undecided: report.diagnosis.undecided.flatMap((open) => open.modes),
    failed: report.checklist.filter((item) => item.verdict === 'fail').map((item) => item.id),
  }
}

// Map: name of a recording → what its report found. That this is what the program says of it, tests/recordings/run sees.
export async function readRecordings() {
  const folders = (await readdir(recordings, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const all = await Promise.all(folders.map(async ({ name }) =>
    [name, found(JSON.parse(await readFile(path.join(recordings, name, 'report.json'), 'utf8')))]))
  return new Map(all.sort(([a], [b]) => (a < b ? -1 : 1)))
}

// [{ name, recording, causes, failed }]: the rows of the scenario tables and what they expect.
export async function readScenarios() {
  return (await scenarioRows()).map(({ group, row }) => (
    { name: `${group}/${row.name}`, recording: `${group}-${row.name}`, causes: row.expect.rootCauses, failed: row.expect.failed }))
}

export const sameWords = (a, b) => [...a].sort().join(' ') === [...b].sort().join(' ')
export const words = (list) => (list.length > 0 ? [...list].sort().join(' ') : HEALTHY)

// Lines of text in columns as wide as their widest cell.
export function inColumns(rows) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)))
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at])).join('  ').trimEnd()).join('\n')
}

// For people: each mode with its scenarios, recordings and the modes that it is told apart from.
export async function coverageText() {
  const [modes, scenarios, all, pairs] = await Promise.all([readModes(), readScenarios(), readRecordings(), readPairs()])
  const count = (list) => String(list.length)
  const rows = modes.map(({ id }) => {
    const neighbours = pairs.filter(({ sides }) => sides.some((side) => side.mode === id))
      .map(({ sides }) => sides.find((side) => side.mode !== id).mode)
    return [
      id, count(scenarios.filter((s) => s.causes.includes(id))), count([...all.values()].filter((r) => r.causes.includes(id))),
      [...new Set(neighbours)].join(' '),
    ]
  })
  return inColumns([['mode', 'scenarios', 'recordings', 'told apart from'], ...rows])
}
