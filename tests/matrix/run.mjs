// Holds the plan's failure modes against what there is to show them, offline: each has a scenario and a recording, each
// recording shows what its scenario expects, and each pair of modes that look alike is told apart by recordings.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import {
  coverageText, HEALTHY, inColumns, readModes, readOffline, readPairs, readRecordings, readScenarios, root, sameWords, words,
} from './coverage.mjs'

const TWO_AT_LEAST = 25

const [modes, scenarios, recordings, pairs, offline] =
  await Promise.all([readModes(), readScenarios(), readRecordings(), readPairs(), readOffline()])
const ids = new Set(modes.map((mode) => mode.id))
let passed = 0
let failed = 0

function result(name, problems) {
  if (problems.length === 0) passed += 1
  else failed += 1
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}`)
  for (const problem of problems) console.log(`       ${problem}`)
}

async function offlineProblems(mode) {
  const { why, file, test } = offline.get(mode)
  if (!why || !file || !test) return ['its row in tests/matrix/offline has no reason, or names no test']
  const text = await readFile(path.join(root, file), 'utf8').catch(() => '')
  return text.includes(test) ? [] : [`${file} has no ${test}`]
}

async function modeProblems({ id, help }) {
  const problems = []
  const shown = scenarios.filter((scenario) => scenario.causes.includes(id))
  if (offline.has(id)) problems.push(...await offlineProblems(id))
  else if (shown.length === 0) problems.push('no scenario of tests/e2e expects it, and tests/matrix/offline does not say why')
  else if (!shown.some((scenario) => recordings.get(scenario.recording)?.causes.includes(id))) problems.push('none of its scenarios has a recording')
  const neighbours = pairs.filter(({ sides }) => sides.some((side) => side.mode === id)).flatMap(({ sides }) => sides.map((side) => side.mode))
  if (neighbours.length === 0) problems.push('tests/matrix/pairs does not say what it is confused with')
  // What users are told to keep apart has to be kept apart.
  const [, sentence = ''] = /[Nn]ot to be confused with (.*)/.exec(help) ?? []
  for (const [named] of sentence.matchAll(/[a-z]+(-[a-z]+)+/g)) {
    if (ids.has(named) && !neighbours.includes(named)) problems.push(`its help names ${named}: tests/matrix/pairs has no such pair`)
  }
  return problems
}

function sideProblems(side, other) {
  const problems = []
  if (side.mode !== HEALTHY && !ids.has(side.mode)) return [`the plan has no mode ${side.mode}`]
  if (side.names.length === 0 && !offline.has(side.mode)) problems.push(`${side.mode} has no recording`)
  for (const name of side.names) {
    const seen = recordings.get(name)
    if (!seen) problems.push(`there is no recording ${name}`)
    else if (side.mode === HEALTHY ? seen.causes.length + seen.undecided.length > 0 : !seen.causes.includes(side.mode)) {
      problems.push(`${name} is told as ${words([...seen.causes, ...seen.undecided])}, not as ${side.mode}`)
    }
    if (seen?.causes.includes(other.mode)) problems.push(`${name} is told as ${other.mode} too`)
    if (seen?.undecided.includes(other.mode)) problems.push(`of ${name} it cannot be told whether it is ${other.mode}`)
  }
  return problems
}

for (const mode of modes) result(`mode ${mode.id}`, await modeProblems(mode))
for (const { sides: [one, other], apart } of pairs) {
  const problems = [...sideProblems(one, other), ...sideProblems(other, one)]
  if (!apart) problems.push('what tells them apart is not said')
  result(`pair ${one.mode} ${other.mode}`, problems)
}

// Two faults at once are two root causes.
const twos = scenarios.filter((s) => s.name.startsWith('two/') && s.causes.length === 2 && recordings.has(s.recording))
const combinations = new Set(twos.map((s) => words(s.causes)))
result('combinations of two faults', combinations.size >= TWO_AT_LEAST ? [] : [`${combinations.size} recorded, ${TWO_AT_LEAST} wanted`])

const rows = scenarios.map((scenario) => {
  const seen = recordings.get(scenario.recording)
  const right = !seen || (sameWords(seen.causes, scenario.causes) && sameWords(seen.failed, scenario.failed))
  if (seen) {
    result(`scenario ${scenario.name}`, right ? [] : [
      `expects ${words(scenario.causes)} (${scenario.failed.join(' ')}), its recording shows ${words(seen.causes)} (${seen.failed.join(' ')})`])
  }
  return [seen ? (right ? '✔' : '✖') : '–', scenario.name, words(scenario.causes), seen ? words(seen.causes) : 'not recorded']
})

console.log(`\n${inColumns([['', 'scenario', 'expected', 'got'], ...rows])}\n\n${await coverageText()}\n`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
