// Times as kubectl's tables show them: two units while the first is small, one when it is large.

const [SECOND, MINUTE, HOUR, DAY, YEAR] = [1000, 60000, 3600000, 86400000, 365 * 86400000]

// Up to LIMIT, a duration is so many BIGs and, when there are any, so many SMALLs.
const scales = [
  [2 * MINUTE, [SECOND, 's']], [10 * MINUTE, [MINUTE, 'm'], [SECOND, 's']], [3 * HOUR, [MINUTE, 'm']],
  [8 * HOUR, [HOUR, 'h'], [MINUTE, 'm']], [2 * DAY, [HOUR, 'h']], [8 * DAY, [DAY, 'd'], [HOUR, 'h']],
  [2 * YEAR, [DAY, 'd']], [8 * YEAR, [YEAR, 'y'], [DAY, 'd']], [Infinity, [YEAR, 'y']],
]

// MS in words such as 9m15s.
export function duration(ms) {
  if (ms < -SECOND) return '<invalid>'
  if (ms < 0) return '0s'
  const [, [unit, word], small] = scales.find(([limit]) => ms < limit)
  const rest = small ? Math.floor((ms % unit) / small[0]) : 0
  return `${Math.floor(ms / unit)}${word}${rest ? `${rest}${small[1]}` : ''}`
}

export const age = (time) => (time ? duration(Date.now() - Date.parse(time)) : '<unknown>')
