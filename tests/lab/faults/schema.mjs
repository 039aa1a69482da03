// As much of JSON Schema as the report's own uses. A keyword that is not known is a problem too: nothing is passed
// over in silence.
const TYPES = {
  object: (v) => typeof v === 'object' && v !== null && !Array.isArray(v),
  array: Array.isArray,
  string: (v) => typeof v === 'string',
  boolean: (v) => typeof v === 'boolean',
  number: (v) => typeof v === 'number',
  integer: Number.isInteger,
  null: (v) => v === null,
}
const NOTES = ['$schema', '$id', 'title', 'description']

// The first problem of VALUE, as a sentence; null when there is none.
export function violation(schema, value, at = 'report') {
  for (const [keyword, operand] of Object.entries(schema)) {
    const found = NOTES.includes(keyword) ? null : (KEYWORDS[keyword] ?? unknown)(operand, value, at, schema, keyword)
    if (found) return found
  }
  return null
}

const unknown = (operand, value, at, schema, keyword) => `the schema of ${at} uses ${keyword}, which this test does not know`

function first(entries, check) {
  for (const entry of entries) {
    const found = check(entry)
    if (found) return found
  }
  return null
}

const KEYWORDS = {
  type: (type, value, at) => ([type].flat().some((t) => TYPES[t](value)) ? null : `${at} is no ${type}`),
  enum: (words, value, at) => (words.includes(value) ? null : `${at} is ${JSON.stringify(value)}`),
  required: (names, value, at) => first(names, (n) => (n in value ? null : `${at} has no ${n}`)),
  properties: (properties, value, at) =>
    first(Object.keys(properties), (n) => (value !== null && typeof value === 'object' && n in value ? violation(properties[n], value[n], `${at}.${n}`) : null)),
  additionalProperties: (allowed, value, at, schema) =>
    first(Object.keys(value).filter((n) => !(n in (schema.properties ?? {}))), (n) =>
      allowed === false ? `${at} has a member ${n}` : allowed === true ? null : violation(allowed, value[n], `${at}.${n}`)),
  items: (items, value, at) => (Array.isArray(value) ? first(value.keys(), (i) => violation(items, value[i], `${at}[${i}]`)) : null),
  anyOf: (schemas, value, at) => (schemas.some((s) => violation(s, value, at) === null) ? null : `${at} fits nothing that is allowed`),
}
