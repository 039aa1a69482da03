// The text of a label selector, as terms; refused in the real parser's words.
import { badRequest } from './errors.mjs'

const PART = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
const NAME = new RegExp(`^(${PART})$`)
const OPERATORS = { in: 'In', notin: 'NotIn', '=': 'In', '==': 'In', '!=': 'NotIn' }
const CHARACTERS = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${PART}')`

const refusal = (why) => badRequest(`unable to parse requirement: ${why}`)
const isSymbol = (token) => /^([!=<>(),]|==|!=)?$/.test(token)

// Reads tokens one by one; the end is an empty one.
class Tokens {
  constructor(text) {
    this.left = text.match(/==|!=|[!=<>(),]|[^\s!=<>(),]+/g) ?? []
  }

  get next() {
    return this.left[0] ?? ''
  }

  take() {
    return this.left.shift() ?? ''
  }
}

function checkKey(key) {
  if (!NAME.test(key.split('/').at(-1)) || key.split('/').length > 2) throw refusal(`<nil>: Invalid value: ${JSON.stringify(key)}: ${CHARACTERS}`)
}

function requirement(tokens) {
  const absent = tokens.next === '!' && tokens.take()
  const key = tokens.take()
  if (isSymbol(key)) throw refusal(`found '${key}', expected: identifier`)
  checkKey(key)
  if (absent) return { key, operator: 'DoesNotExist', values: [] }
  if (tokens.next === '' || tokens.next === ',') return { key, operator: 'Exists', values: [] }
  const word = tokens.take()
  if (!OPERATORS[word]) throw refusal(`found '${word}', expected: in, notin, =, ==, !=, gt, lt`)
  return { key, operator: OPERATORS[word], values: /in$/.test(word) ? valueSet(tokens) : [exactValue(tokens)] }
}

function exactValue(tokens) {
  if (tokens.next === '' || tokens.next === ',') return ''
  const value = tokens.take()
  if (isSymbol(value)) throw refusal(`found '${value}', expected: identifier`)
  return value
}

function valueSet(tokens) {
  const open = tokens.take()
  if (open !== '(') throw refusal(`found '${open}' expected: '('`)
  const values = []
  for (;;) {
    const token = tokens.take()
    if (token === ')') return values.length ? values : ['']
    if (token === ',') {
      if (values.length === 0) values.push('')
      if (tokens.next === ',' || tokens.next === ')') values.push('')
    } else if (isSymbol(token)) throw refusal(`found '${token}', expected: ',', ')' or identifier`)
    else values.push(token)
  }
}

// "a=b,c!=d,e in (f,g),h notin (i),j,!k" → [{key, operator, values}]
export function parseLabelSelector(text) {
  const tokens = new Tokens(text ?? '')
  const terms = []
  while (tokens.next) {
    if (isSymbol(tokens.next) && tokens.next !== '!') throw badRequest(`found '${tokens.next}', expected: !, identifier, or 'end of string'`)
    terms.push(requirement(tokens))
    const end = tokens.take()
    if (!end) break
    if (end !== ',') throw badRequest(`found '${end}', expected: ',' or 'end of string'`)
    if (isSymbol(tokens.next) && tokens.next !== '!') throw badRequest(`found '${tokens.next}', expected: identifier after ','`)
  }
  return terms
}
