// Quantities as the API server writes them: the largest unit of the same kind that leaves a whole number.

const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

// TEXT in its usual form; what is no quantity, or one with an exponent, stays as it is.
export function canonical(text) {
  const [, sign, whole, fraction = '', unit] = /^([+-]?)(\d+)(?:\.(\d*))?(n|u|m|k|M|G|T|P|E|[KMGTPE]i)?$/.exec(`${text}`) ?? []
  if (whole === undefined) return text
  const [units, step] = /i$/.test(unit ?? '') ? [BINARY, 1024n] : [DECIMAL, 1000n]
  let at = units.indexOf(unit ?? '')
  let value = BigInt(whole + fraction)
  const parts = 10n ** BigInt(fraction.length)
  // To smaller units until nothing is left behind the point, rounding up what is smaller than the smallest.
  while (value % parts !== 0n && at > 0) {
    value *= step
    at--
  }
  value = (value + parts - 1n) / parts
  if (value === 0n) return '0'
  while (at < units.length - 1 && value % step === 0n) {
    value /= step
    at++
  }
  return `${sign === '-' ? '-' : ''}${value}${units[at]}`
}

// RESOURCES of a container (requests, limits) with its quantities in their usual form, in place.
export function canonicalResources(resources) {
  for (const list of [resources?.requests, resources?.limits, resources?.hard]) {
    for (const [name, quantity] of Object.entries(list ?? {})) list[name] = canonical(quantity)
  }
}
