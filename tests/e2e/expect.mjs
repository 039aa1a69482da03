// Compares a report with what a scenario expects; every difference is one sentence.
import { traces } from './postflight.mjs'

const ITEMS = ['db-deployment', 'db-service', 'cart-env', 'aws-credentials', 'endpoint', 'create-table', 'cart-logs', 'persistence']
const VERDICTS = ['pass', 'warn', 'fail', 'skip', 'error']

const same = (a, b) => JSON.stringify([...a].sort()) === JSON.stringify([...b].sort())
const list = (names) => `[${[...names].join(' ')}]`

// The parsed report, or null after saying in PROBLEMS what is wrong with the document.
export function reportOf(text, exit, problems) {
  let report
  try {
    report = JSON.parse(text ?? '')
  } catch (error) {
    problems.push(text === null ? 'no report was written' : `the report is not one JSON document: ${error.message}`)
    return null
  }
  if (report.schema !== 'postflight.report/v1') problems.push(`schema is ${report.schema}`)
  const ids = (report.checklist ?? []).map((i) => i.id)
  if (JSON.stringify(ids) !== JSON.stringify(ITEMS)) problems.push(`the checklist is ${list(ids)}, expected ${list(ITEMS)}`)
  for (const entry of [...(report.checklist ?? []), ...(report.checks ?? [])]) {
    if (!VERDICTS.includes(entry.verdict)) problems.push(`${entry.id} has the verdict ${entry.verdict}`)
  }
  if (report.exitCode !== exit) problems.push(`exitCode is ${report.exitCode}, the process ended with ${exit}`)
  return report
}

// EXPECTED: rootCauses and failed (both exact), exit, and, where given, verdicts {item: verdict or list of them}
// mentions [text that the diagnosis must contain], mentionsNot, checks {id: pattern of its message}, facts {name: value;
// undefined: absent}, evidence [source that some check must have], and noCommand (no fix is a command).
export function compare(report, exit, expected, problems) {
  const causes = (report.diagnosis?.rootCauses ?? []).map((c) => c.id)
  if (!same(causes, expected.rootCauses)) problems.push(`root causes ${list(causes)}, expected ${list(expected.rootCauses)}`)
  const failed = report.checklist.filter((i) => i.verdict === 'fail').map((i) => i.id)
  if (!same(failed, expected.failed)) problems.push(`failed items ${list(failed)}, expected ${list(expected.failed)}`)
  const wanted = expected.exit ?? (expected.rootCauses.length ? 1 : 0)
  if (exit !== wanted) problems.push(`exit ${exit}, expected ${wanted}`)
  for (const [id, verdicts] of Object.entries(expected.verdicts ?? {})) {
    const item = report.checklist.find((i) => i.id === id)
    if (![verdicts].flat().includes(item?.verdict)) problems.push(`${id} is ${item?.verdict} (${item?.message}), expected ${[verdicts].flat().join(' or ')}`)
  }
  const commands = (report.diagnosis?.rootCauses ?? []).flatMap((c) => c.fix ?? []).map((f) => f.command).filter(Boolean)
  if (expected.noCommand && commands.length) problems.push(`a command is offered: ${commands.join('; ')}`)
  const told = JSON.stringify(report.diagnosis ?? {})
  for (const text of expected.mentions ?? []) {
    if (!told.includes(text)) problems.push(`the diagnosis does not mention "${text}"`)
  }
  for (const text of expected.mentionsNot ?? []) {
    if (told.includes(text)) problems.push(`the diagnosis mentions "${text}"`)
  }
  observed(report.checks, expected, problems)
}

function observed(checks, expected, problems) {
  for (const [id, pattern] of Object.entries(expected.checks ?? {})) {
    const check = checks.find((c) => c.id === id)
    if (!pattern.test(check?.message ?? '')) problems.push(`${id} is ${check?.verdict} and says "${check?.message}", expected ${pattern}`)
  }
  for (const source of expected.evidence ?? []) {
    if (!checks.some((c) => c.evidence.some((e) => e.source === source))) problems.push(`no evidence of ${source}`)
  }
  for (const [name, value] of Object.entries(expected.facts ?? {})) {
    const holder = checks.find((c) => c.facts && name in c.facts)
    if (holder?.facts[name] !== value) problems.push(`${name} is ${holder?.facts[name]}, expected ${value}`)
  }
}

// The canary must be nowhere, neither as it is nor in base64 (at any of its three alignments).
export async function noCanary(run, canary, problems) {
  const forms = [canary, ...[0, 1, 2].map((shift) => {
    const whole = Buffer.from('\0'.repeat(shift) + canary).toString('base64')
    return whole.slice(Math.ceil((shift * 4) / 3) + 1, -4)
  })]
  for (const [where, text] of await traces(run)) {
    if (forms.some((form) => text.includes(form))) problems.push(`the secret is in ${where}`)
  }
}
