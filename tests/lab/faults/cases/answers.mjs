// Answers that are whole, and not what was hoped for: refusals, redirections, web pages, lists without end.
import { CART, PODS, SERVICES, LOG, everyQuestion, everything } from '../where.mjs'

const failure = (code, reason, message, details) =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code })
const status = (code, reason, message, headers) => (e) =>
  e.kind === 'api' ? e.answer(code, failure(code, reason, message), 'application/json', headers) : e.refuse(code, failure(code, reason, message))
const page = (code) => (e) =>
  e.kind === 'api' ? e.answer(code, '<!doctype html><title>Log in</title>', 'text/html; charset=utf-8') : e.refuse(code, '<html></html>', 'text/html')
const FORBIDDEN = 'pods is forbidden: User "system:serviceaccount:a:b" cannot list resource "pods" in API group "" in the namespace "shop"'
const cart = ['cart.deployment']

export const answers = [
  { name: 'unauthorized', on: everything, act: status(401, 'Unauthorized', 'Unauthorized'), says: /does not accept our credentials \(401\)/ },
  { name: 'unauthorized-once', on: CART, act: (e, nth) => (nth === 1 ? status(401, 'Unauthorized', 'Unauthorized')(e) : false), says: /\(401\)/ },
  { name: 'forbidden', on: PODS, act: status(403, 'Forbidden', FORBIDDEN), says: /system:serviceaccount:a:b may not list pods in namespace shop/, errors: cart },
  { name: 'forbidden-everywhere', on: everything, act: status(403, 'Forbidden', 'no'), says: /refuses GET .*\(403\)/ },
  { name: 'forbidden-by-a-proxy', on: everything, act: page(403), says: /web page \(403\).*proxy or login page/ },
  { name: 'no-kubernetes-there', on: everyQuestion, act: (e) => e.answer(404, '404 page not found\n', 'text/plain'), says: /does not serve this API/ },
  { name: 'conflict', on: CART, act: status(409, 'Conflict', 'the object has been modified'), says: /\(409\)/, errors: cart },
  { name: 'gone', on: PODS, act: status(410, 'Expired', 'too old resource version'), says: /\(410\)/, errors: cart },
  { name: 'too-many', on: CART, act: status(429, 'TooManyRequests', 'slow down'), says: /busy.*\(429/, errors: cart },
  { name: 'too-many-for-an-hour', on: CART, act: status(429, 'TooManyRequests', 'slow down', { 'retry-after': '3600' }), says: /busy.*\(429/, errors: cart },
  { name: 'too-many-once', on: CART, act: (e, nth) => (nth === 1 ? status(429, 'TooManyRequests', 'slow down', { 'retry-after': '1' })(e) : false), exit: 0 },
  { name: 'retry-after-rubbish', on: CART, act: status(429, 'TooManyRequests', 'no', { 'retry-after': '-99999999999999999999' }), says: /\(429/, errors: cart },
  { name: 'internal-error', on: CART, act: status(500, 'InternalError', 'etcdserver: request timed out'), says: /failed at GET .*\(500\): etcdserver/, errors: cart },
  { name: 'internal-error-everywhere', on: everything, act: status(500, 'InternalError', 'etcdserver: leader changed'), says: /\(500\)/ },
  { name: 'unavailable', on: everyQuestion, act: (e) => e.answer(503, 'upstream connect error', 'text/plain'), says: /\(503\): upstream connect error/ },
  { name: 'unavailable-once', on: CART, act: (e, nth) => (nth === 1 ? status(503, 'ServiceUnavailable', 'no')(e) : false), exit: 0 },
  { name: 'bad-gateway', on: everything, act: page(502), says: /web page \(502\)/ },
  { name: 'redirected', on: everyQuestion, act: (e) => e.answer(302, '', 'text/plain', { location: 'https://login.example/?next=' }), says: /redirection \(302\)/ },
  { name: 'redirected-to-itself', on: CART, act: (e) => e.answer(307, '', 'text/plain', { location: e.url }), says: /redirection \(307\)/, errors: cart },
  { name: 'login-page', on: everything, act: page(200), says: /web page .*proxy or login page/ },
  { name: 'nothing-at-all', on: CART, act: (e) => e.answer(200, ''), says: /with nothing instead of JSON/, errors: cart },
  { name: 'no-content', on: CART, act: (e) => e.answer(204), says: /something else than deployment/, errors: cart },
  { name: 'status-999', on: CART, act: (e) => e.answer(999, '{}'), says: /failed at GET .*\(999\)/, http1: true, errors: cart },
  { name: 'log-refused', on: LOG, act: status(500, 'InternalError', 'Get "https://10.0.0.1:10250/containerLogs": dial tcp: i/o timeout'), says: /i\/o timeout/, errors: ['cart.logs'] },
  { name: 'list-without-end', on: SERVICES, says: /more than \d+ pages/, errors: ['db.service'], exchanges: 80, act: (e, nth) =>
    e.object(200, { kind: 'ServiceList', apiVersion: 'v1', metadata: { resourceVersion: '5', continue: `page${nth}` }, items: [] }) },
  { name: 'list-in-a-circle', on: SERVICES, says: /more than \d+ pages/, errors: ['db.service'], exchanges: 80, act: (e) =>
    e.object(200, { kind: 'ServiceList', apiVersion: 'v1', metadata: { resourceVersion: '5', continue: 'again' }, items: [] }) },
  { name: 'list-page-expires', on: SERVICES, exit: 0, act: (e, nth) => {
    if (nth === 1) return e.proceed((list) => ({ ...list, metadata: { ...list.metadata, continue: 'old' }, items: [] }))
    if (nth > 2) return false
    const expired = JSON.parse(failure(410, 'Expired', 'The provided continue parameter is too old'))
    return e.object(410, { ...expired, metadata: { continue: 'newer' } })
  } },
]
