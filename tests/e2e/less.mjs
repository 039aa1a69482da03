// What a report may say where less could be seen than EXPECTED was written for: less, and never something else. A cause
// that it does not tell is one of its candidates; where it tells them all, it has no others (expected.candidates are
// those that even a report of everything has); and what it could not look at is no fault.
export function lessOf(report, exit, expected, problems) {
  const causes = report.diagnosis.rootCauses.map((c) => c.id)
  const candidates = report.diagnosis.undecided.flatMap((u) => u.modes)
  const others = causes.filter((c) => !expected.rootCauses.includes(c))
  if (others.length) problems.push(`another root cause: ${others}`)
  const failed = report.checklist.filter((i) => i.verdict === 'fail').map((i) => i.id).filter((i) => !expected.failed.includes(i))
  if (failed.length) problems.push(`failed, and is in order: ${failed}`)
  const faults = report.checks.some((c) => c.verdict === 'fail')
  const untold = expected.rootCauses.filter((c) => !causes.includes(c))
  const silent = untold.filter((c) => !candidates.includes(c))
  if (faults && silent.length) problems.push(`neither told nor a candidate: ${silent}; candidates are [${candidates}]`)
  const idle = candidates.filter((c) => !(expected.candidates ?? []).includes(c))
  if (causes.length && untold.length === 0 && idle.length) problems.push(`everything is told, and still it cannot tell: ${idle}`)
  const errors = report.checks.some((c) => c.verdict === 'error')
  const wanted = faults ? 1 : errors ? 2 : 0
  if (exit !== wanted) problems.push(`exit ${exit}, expected ${wanted}`)
}
