// The connection: not there, not trusted, cut or silent at each stage.
import { CART, SERVICES, after, everyQuestion, everything } from '../where.mjs'

const HTML = 'HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>400</html>'
const half = ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"cart-')
}

// An HTTP/1.1 answer as it stands, right or wrong.
const raw = (head, body, cut = true) => (e) => {
  e.request.socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${head}\r\n${body}`, () => cut && e.cut())
}

export const connection = [
  { name: 'handshake-cut', wire: { cutAfter: 0 }, says: /TLS handshake with 127\.0\.0\.1:\d+: it broke/ },
  { name: 'handshake-cut-in-the-middle', wire: { cutAfter: 300 }, says: /TLS handshake with .*: it broke/ },
  { name: 'handshake-stalls', silent: true, wire: { stallAfter: 0 }, says: /TLS handshake with .*did not end within/ },
  { name: 'no-tls-there', wire: { first: HTML, cutAfter: 0 }, says: /what came back is not TLS/ },
  { name: 'tls-where-http-was-asked-for', url: (url) => url.replace('https', 'http'), says: /wants TLS on that port|not HTTP|without an answer/ },
  { name: 'certificate-of-another-authority', certificate: 'unknown', says: /certificate of .*unknown CA/ },
  { name: 'certificate-expired', certificate: 'expired', says: /certificate of .*expired/ },
  { name: 'certificate-for-another-host', certificate: 'otherHost', says: /certificate of .*other names/ },

  { name: 'no-answer', silent: true, on: CART, act: () => {}, says: /connected, but no answer within/, errors: ['cart.deployment'] },
  { name: 'body-stalls', args: ['--request-timeout', '3s'], on: CART, act: half, says: /an answer began, but did not end/, errors: ['cart.deployment'] },
  { name: 'body-drips', args: ['--request-timeout', '3s'], on: CART, says: /an answer began, but did not end/, errors: ['cart.deployment'], act: (exchange) => {
    half(exchange)
    const timer = setInterval(() => exchange.response.write(' '), 50)
    exchange.response.on('close', () => clearInterval(timer))
  } },
  { name: 'cut-before-the-answer', on: CART, act: (e) => e.cut(), says: /connection|HTTP\/2/, errors: ['cart.deployment'] },
  { name: 'cut-in-the-body', on: CART, says: /before the answer was complete|connection broke/, errors: ['cart.deployment'], act: (e) => {
    half(e)
    setTimeout(() => e.cut(), 50)
  } },
  { name: 'cut-once', on: CART, act: (e, nth) => (nth === 1 ? e.cut() : false), exit: 0 },
  { name: 'cut-from-the-fourth-on', on: after(3), act: (e) => e.cut(), says: /connection|HTTP\/2/ },
  { name: 'silent-from-the-fourth-on', silent: true, on: after(3), act: () => {}, says: /no answer within/ },
  { name: 'gone-after-the-objects', on: after(6), act: (e) => e.cut(), says: /connection|HTTP\/2/ },
  { name: 'nothing-answered', silent: true, on: everything, act: () => {}, says: /no answer within/ },

  { name: 'stream-reset', on: CART, act: ({ stream }) => stream.close(2), says: /reset the HTTP\/2 stream|HTTP\/2/, errors: ['cart.deployment'] },
  { name: 'stream-refused-once', on: CART, act: ({ stream }, nth) => (nth === 1 ? stream.close(7) : false), exit: 0 },
  { name: 'goaway-once', on: CART, exit: 0, act: (e, nth) => {
    if (nth === 1) e.stream.session.goaway(0)
    return false
  } },
  { name: 'goaway-always', on: everyQuestion, says: /connection|HTTP\/2/, act: (e) => {
    e.stream.session.goaway(11)
    e.cut()
  } },

  { name: 'length-too-large', http1: true, on: CART, act: raw('Content-Length: 5000\r\n', '{"kind":"Deployment"'), says: /before the answer was complete/, errors: ['cart.deployment'] },
  { name: 'length-too-small', http1: true, on: CART, act: raw('Content-Length: 7\r\n', '{"kind":"Deployment"}', false), says: /broken JSON/, errors: ['cart.deployment'] },
  { name: 'chunk-without-size', http1: true, on: CART, act: raw('Transfer-Encoding: chunked\r\n', 'zz\r\n{}\r\n0\r\n\r\n'), says: /the request to/, errors: ['cart.deployment'] },
  { name: 'header-without-end', http1: true, on: SERVICES, act: raw(`X-Long: ${'x'.repeat(400_000)}`, ''), says: /header/, errors: ['db.service'] },
  { name: 'headers-without-end', http1: true, on: SERVICES, act: raw('X-More: yes\r\n'.repeat(60_000), ''), says: /header/, errors: ['db.service'] },
]
