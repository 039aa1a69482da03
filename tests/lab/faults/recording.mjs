// An API server made of a recording: what was answered once is answered again. Questions that the recorded run had
// no reason to ask get what an empty namespace would say.
import { readFileSync } from 'node:fs'
import path from 'node:path'

const SHORTEST = { '1-2': 2, '3-7': 3, '8-15': 15, '16-31': 31, '32-63': 40, '64-255': 64, '256+': 256 }

// What a recording hides gets a value of the same kind again, always the same, that a test can look for.
export const CANARY = 'Canary'
function revealed(text) {
  return text.replaceAll(/\{\{redacted:(\d+):(\w+):([\d+-]+)(?::([^{}]*))?\}\}/g, (all, number, kind, length, detail) => {
    if (kind === 'word' || kind === 'url') return detail ?? ''
    const start = `${CANARY}${number}`
    return start.padEnd(SHORTEST[length], 'x').slice(0, Math.max(SHORTEST[length], kind === 'alnum' ? 0 : start.length))
  })
}

const withoutQuery = (url) => url.split('?')[0]

function statusObject(code, reason, message, details = {}) {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code }
}

// As much of selectors as postflight uses: metadata.name; name=value and name in (a,b).
function selects(parameters, object) {
  const field = /^metadata\.name=(.*)$/.exec(parameters.get('fieldSelector') ?? '')
  if (field && object.metadata.name !== field[1]) return false
  const labels = object.metadata.labels ?? {}
  const terms = (parameters.get('labelSelector') ?? '').match(/[^,(]+(?:\([^)]*\))?/g) ?? []
  return terms.every((term) => {
    const set = /^\s*(\S+)\s+in\s+\((.*)\)$/.exec(term)
    const [name, value] = term.split('=')
    return set ? set[2].split(',').includes(labels[set[1]]) : labels[name] === value
  })
}

// The bytes of an HTTP/1.1 answer of a process behind a port-forward.
function httpAnswer({ status, json, text, server }) {
  const body = Buffer.from(json ? JSON.stringify(json) : (text ?? ''))
  const head = [`HTTP/1.1 ${status} Recorded`, `Content-Type: ${json ? 'application/json' : 'text/plain'}`, `Content-Length: ${body.length}`]
  if (server) head.push(`Server: ${server}`)
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
}

export class RecordedApi {
  constructor(folder) {
    this.meta = JSON.parse(readFileSync(path.join(folder, 'meta.json'), 'utf8'))
    this.answers = new Map()
    this.objects = new Map() // by the path of their collection, then by name
    const lines = revealed(readFileSync(path.join(folder, 'exchanges.jsonl'), 'utf8')).split('\n').filter(Boolean)
    for (const { ask, answer } of lines.map((l) => JSON.parse(l))) if (ask) this.#keep(ask, answer)
  }

  get namespace() {
    return this.meta.namespace
  }

  #keep(ask, answer) {
    const key = {
      exec: () => `exec ${withoutQuery(ask.path)}`,
      forward: () => this.#innerKey(ask.path, ask.port, ask.method, ask.innerPath, /DynamoDB_\w+\.\w+/.exec(ask.headers ?? '')?.[0]),
      undefined: () => `${ask.method} ${ask.path}`,
    }[ask.kind]()
    if (!this.answers.has(key)) this.answers.set(key, answer)
    if (!ask.kind && ask.method === 'GET' && answer.json) this.#collect(withoutQuery(ask.path), answer.json)
  }

  #collect(at, object) {
    const isList = Array.isArray(object.items)
    const collection = isList ? at : path.posix.dirname(at)
    const known = this.objects.get(collection) ?? new Map()
    this.objects.set(collection, known)
    for (const item of isList ? object.items : [object]) known.set(item.metadata?.name, item)
  }

  #innerKey(apiPath, port, method, innerPath, operation) {
    return `forward ${withoutQuery(apiPath)} ${port} ${method} ${innerPath} ${operation ?? ''}`
  }

  // {status, type, body} for a question to the API server.
  answer(method, url) {
    const known = this.answers.get(`${method} ${url}`)
    if (known) return { status: known.status, object: known.json, text: known.text ?? '' }
    if (method === 'POST') return { status: 201, object: { kind: 'Review', status: { allowed: true } } }
    return url.includes('?') ? this.#list(url) : this.#named(url)
  }

  #list(url) {
    const question = new URL(url, 'https://localhost')
    const all = [...(this.objects.get(question.pathname)?.values() ?? [])]
    const items = all.filter((o) => selects(question.searchParams, o))
    return { status: 200, object: { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items } }
  }

  #named(url) {
    const name = url.split('/').at(-1)
    const kind = url.split('/').at(-2)
    const found = this.objects.get(path.posix.dirname(url))?.get(name)
    if (found) return { status: 200, object: found }
    return { status: 404, object: statusObject(404, 'NotFound', `${kind} "${name}" not found`, { name, kind }) }
  }

  // {out, err, code}: a command in a container.
  exec(url) {
    const known = this.answers.get(`exec ${withoutQuery(url)}`)
    return known ? { out: known.text ?? '', err: known.stderr ?? '', code: known.exitCode ?? 0 } : { out: '', err: '', code: 1 }
  }

  // The bytes that a process answers to a request.
  forward(url, port, method, innerPath, operation) {
    const known = this.answers.get(this.#innerKey(url, port, method, innerPath, operation))
    return httpAnswer(known ?? { status: 404, text: 'not recorded' })
  }
}
