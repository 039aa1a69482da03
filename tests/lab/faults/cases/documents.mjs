// Documents that are no JSON, more than can be kept, or JSON of another shape than Kubernetes has.
import { deflateRawSync, constants, gzipSync } from 'node:zlib'
import { CART, LOG, PODS, SERVICES, SLICES } from '../where.mjs'

const cart = ['cart.deployment']
const text = (body, headers) => (e) => e.answer(200, body, 'application/json', headers)
const object = (value) => (e) => e.object(200, value)
const changed = (change) => (e) => e.proceed(change)
const gzip = { 'content-encoding': 'gzip' }
const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])

// Writes PIECE until MEGABYTES are out or nobody listens any more.
const flood = (start, piece, megabytes, headers) => ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/json', ...headers })
  response.write(start)
  let left = (megabytes << 20) / piece.length
  const more = () => {
    while (left > 0 && !response.destroyed && response.writable) {
      left -= 1
      if (!response.write(piece)) return response.once('drain', more)
    }
    return response.end()
  }
  more()
}

// A megabyte of blanks as a piece of a deflate stream: about a kilobyte, and as many of them as one likes.
const blanks = deflateRawSync(Buffer.alloc(1 << 20, ' '), { finishFlush: constants.Z_FULL_FLUSH })
const bomb = Buffer.concat([GZIP_HEAD, deflateRawSync(Buffer.from('{"kind":'), { finishFlush: constants.Z_FULL_FLUSH }), ...Array(2000).fill(blanks)])

const deployment = (whole) => `{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"cart-deployment","namespace":"x"},${whole}}`

export const documents = [
  { name: 'json-cut', on: CART, act: text('{"kind":"Deployment","metadata":{"name":"cart-depl'), says: /broken JSON/, errors: cart },
  { name: 'json-rubbish', on: CART, act: text(Buffer.from([0xff, 0xfe, 0, 1, 2, 3])), says: /broken JSON/, errors: cart },
  { name: 'json-with-more-behind', on: CART, act: text(`${deployment('"spec":{}')}{"kind":"Secret"}`), says: /broken JSON/, errors: cart },
  { name: 'json-a-number', on: CART, act: text('5'), says: /something else than deployment\/cart-deployment/, errors: cart },
  { name: 'json-null', on: CART, act: text('null'), says: /something else than deployment/, errors: cart },
  { name: 'json-an-array', on: CART, act: text('[]'), says: /something else than deployment/, errors: cart },
  { name: 'json-another-object', on: CART, act: object({ kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'other' } }), says: /something else than deployment/, errors: cart },
  { name: 'json-nested-deeply', on: CART, act: text('{"a":'.repeat(200_000)), says: /broken JSON|nested/, errors: cart },
  { name: 'json-arrays-nested-deeply', on: PODS, act: text('['.repeat(1_000_000)), says: /broken JSON|nested/, errors: cart },
  { name: 'json-without-end', on: PODS, act: flood('{"items":["', Buffer.alloc(1 << 20, 'x'), 200), says: /larger than the \d+ bytes/, errors: cart },
  { name: 'json-of-small-values', on: PODS, act: flood('{"items":[', Buffer.from('[],'.repeat(100_000)), 15.9), args: ['--request-timeout', '5s'], says: /more than the \d+ values/, errors: cart },
  { name: 'json-duplicate-keys', on: CART, act: changed((o) => o), exit: 0 },
  { name: 'json-nul-and-bad-utf8', on: SERVICES, says: /broken JSON/, errors: ['db.service'],
    act: text(Buffer.concat([Buffer.from('{"kind":"ServiceList","items":[{"metadata":{"name":"dyn'), Buffer.from([0, 0xc3, 0x28]), Buffer.from('"')])) },

  { name: 'gzip-bomb', on: PODS, act: text(bomb, gzip), says: /larger than the \d+ bytes/, errors: cart },
  { name: 'gzip-cut', on: CART, act: text(gzipSync(JSON.stringify({ kind: 'Deployment', x: 'y'.repeat(5000) })).subarray(0, 40), gzip), says: /broken JSON|compressed/, errors: cart },
  { name: 'gzip-rubbish', on: CART, act: text('{"kind":"Deployment"}', gzip), says: /compressed/, errors: cart },
  { name: 'gzip-wrong-sum', on: CART, says: /compressed in a way/, errors: cart, act: (e) => {
    const whole = gzipSync(JSON.stringify({ kind: 'Deployment' }))
    whole[whole.length - 6] ^= 0xff
    e.answer(200, whole, 'application/json', gzip)
  } },
  { name: 'compressed-otherwise', on: CART, act: text(Buffer.from('0123456789'), { 'content-encoding': 'br' }), says: /compressed in a way/, errors: cart },

  { name: 'items-an-object', on: SERVICES, act: changed((o) => ({ ...o, items: {} })), says: /something else than a list/, errors: ['db.service'] },
  { name: 'items-a-number', on: PODS, act: changed((o) => ({ ...o, items: 5 })), says: /something else than a list/, errors: cart },
  { name: 'items-absent', on: SLICES, act: object({ kind: 'EndpointSliceList', metadata: {} }), says: /something else than a list/ },
  { name: 'items-of-numbers', on: PODS, act: changed((o) => ({ ...o, items: [1, null, 'x', [], {}] })), says: /cannot be read: metadata is not there or of another type/, errors: cart },
  { name: 'spec-a-number', on: CART, act: changed((o) => ({ ...o, spec: 5 })), says: /cannot be read: spec is not there or of another type/, errors: cart },
  { name: 'spec-absent', on: CART, act: changed(({ spec, ...o }) => o), says: /cannot be read: spec is not there or of another type/, errors: cart },
  { name: 'status-a-text', on: CART, act: changed((o) => ({ ...o, status: 'fine' })), says: /cannot be read: status is not there or of another type/, errors: cart },
  { name: 'metadata-an-array', on: CART, act: changed((o) => ({ ...o, metadata: ['cart-deployment'] })), says: /something else than deployment/, errors: cart },
  { name: 'containers-an-object', on: CART, says: /cannot be read: spec\.template\.spec\.containers is not there or of another type/, errors: cart,
    act: changed((o) => ({ ...o, spec: { ...o.spec, template: { ...o.spec.template, spec: { containers: { name: 'cart' } } } } })) },
  { name: 'replicas-out-of-range', on: CART, says: /cannot be read: spec\.replicas is not there or of another type/, errors: cart, act: changed((o) => ({ ...o, spec: { ...o.spec, replicas: 1e300 } })) },
  { name: 'replicas-a-text', on: CART, says: /cannot be read: spec\.replicas is not there or of another type/, errors: cart, act: changed((o) => ({ ...o, spec: { ...o.spec, replicas: 'one' } })) },
  { name: 'ports-out-of-range', on: SERVICES, says: /cannot be read: spec\.ports is not there or of another type/, errors: ['db.service'],
    act: changed((o) => ({ ...o, items: o.items.map((s) => ({ ...s, spec: { ...s.spec, ports: [{ port: 99999999999, targetPort: -7 }] } })) })) },
  { name: 'log-without-end', on: LOG, act: (e) => flood('', Buffer.from('2026-11-22T15:00:00.000Z INFO fine\n'.repeat(30_000)), 100, { 'content-type': 'text/plain' })(e), says: /larger than the \d+ bytes/, errors: ['cart.logs'] },
]
