// The watch for a rollout that still progresses. Where it fails, what follows is read anew; nothing is asked in a
// tight circle.
import { CART, WATCH } from '../where.mjs'

// The first answer shows a rollout under way; later ones are as recorded.
function underWay(act) {
  return (exchange, nth) => {
    if (WATCH(exchange)) return act(exchange, nth)
    if (exchange.server.shownUnderWay) return false
    exchange.server.shownUnderWay = true
    return exchange.proceed((o) => ({ ...o, metadata: { ...o.metadata, generation: o.metadata.generation + 1 } }))
  }
}
const on = (exchange) => CART(exchange) || WATCH(exchange)
const events = (...objects) => (e) => e.answer(200, objects.map((o) => `${typeof o === 'string' ? o : JSON.stringify(o)}\n`).join(''))
const expired = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'too old resource version: 1 (9)', reason: 'Expired', code: 410 }
const watch = (name, act, more = {}) => ({ name, on, act: underWay(act), args: ['--wait', '2s'], exit: 0, exchanges: 90, ...more })

export const watches = [
  watch('watch-ends-at-once', events()),
  watch('watch-never-speaks', (e) => e.proceed()),
  watch('watch-never-answers', () => {}),
  watch('watch-expired', (e) => e.object(410, expired)),
  watch('watch-expired-within', events({ type: 'ERROR', object: expired })),
  watch('watch-refused', (e) => e.object(403, { ...expired, reason: 'Forbidden', code: 403, message: 'no' })),
  watch('watch-fails', (e) => e.object(500, { ...expired, reason: 'InternalError', code: 500, message: 'etcd' })),
  watch('watch-error-within', events({ type: 'ERROR', object: { kind: 'Status', code: 500, message: 'etcd' } })),
  watch('watch-of-rubbish', events('no JSON')),
  watch('watch-of-no-events', events({ kind: 'DeploymentList', items: [] })),
  watch('watch-of-strange-events', events({ type: 'STRANGE', object: {} }, { type: 'MODIFIED', object: { metadata: 5 } })),
  watch('watch-cut-in-an-event', (e) => {
    e.response.writeHead(200, { 'content-type': 'application/json' })
    e.response.write('{"type":"MODIFIED","object":{"kind":"Depl')
    setTimeout(() => e.cut(), 50)
  }),
  watch('watch-of-an-endless-event', ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const piece = Buffer.alloc(1 << 20, ' ')
    const more = () => {
      while (!response.destroyed && response.writable) if (!response.write(piece)) return response.once('drain', more)
      return undefined
    }
    response.write('{"type":')
    more()
  }),
  watch('watch-is-a-web-page', (e) => e.answer(200, '<html>', 'text/html')),
]
