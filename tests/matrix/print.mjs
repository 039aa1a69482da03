// What each scenario should be told as, and what the last run of it was: read from what that left in E2E_OUT.
// Then the failure modes and what shows them. Ends with 1 when a scenario was told otherwise, or none has run.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { outputs } from '../e2e/postflight.mjs'
import { coverageText, found, inColumns, readScenarios, sameWords, words } from './coverage.mjs'

async function told({ recording }) {
  const text = await readFile(path.join(outputs, recording, 'report.json'), 'utf8').catch(() => null)
  return text === null ? null : found(JSON.parse(text))
}

const rows = []
for (const scenario of await readScenarios()) {
  const got = await told(scenario)
  const right = got && sameWords(got.causes, scenario.causes) && sameWords(got.failed, scenario.failed)
  rows.push([got ? (right ? '✔' : '✖') : '–', scenario.name, words(scenario.causes), got ? words(got.causes) : 'not run', got ? got.failed.join(' ') : ''])
}
console.log(`${inColumns([['', 'scenario', 'expected', 'got', 'failed items'], ...rows])}\n\n${await coverageText()}`)

const count = (mark) => rows.filter((row) => row[0] === mark).length
console.log(`\n${count('✔')} as expected, ${count('✖')} otherwise, ${count('–')} not run; what looks alike: tests/matrix/pairs`)
process.exitCode = count('✖') > 0 || count('✔') === 0 ? 1 : 0
