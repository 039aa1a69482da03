// WebSockets to containers: refused, answered by what is no WebSocket, and frames that nobody should send.
import { frame } from '../frames.mjs'
import { exitStatus } from '../server.mjs'
import { EXEC, FORWARD, toDatabase } from '../where.mjs'

const refusal = (code, reason, message) => (e) =>
  e.refuse(code, JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }))
const looked = ['dns', 'tcp']
const spoken = ['db.answers', 'db.table']
const bytes = (...list) => Buffer.from(list)
const begun = (act) => (e) => {
  e.accept().listen()
  act(e)
}
const exec = (name, act, says, more = {}) => ({ name: `exec-${name}`, on: EXEC, act, says, errors: looked, ...more })
const forward = (name, act, says, more = {}) => ({ name: `forward-${name}`, on: FORWARD, act, says, errors: spoken, ...more })

export const sockets = [
  exec('bad-request', refusal(400, 'BadRequest', 'unable to upgrade: missing upgrade headers in request: "websocket" for Upgrade'), /Upgrade header away/),
  exec('forbidden', refusal(403, 'Forbidden', 'pods "x" is forbidden: User "u" cannot get resource "pods/exec" in API group "" in the namespace "n"'), /u may not get pods\/exec.*a Role must allow/),
  exec('upgrade-required', (e) => e.refuse(426, 'Upgrade Required', 'text/plain'), /426/),
  exec('internal-error', refusal(500, 'InternalError', 'error dialing backend: dial tcp 10.0.0.1:10250: i/o timeout'), /error dialing backend/),
  exec('no-upgrade', (e) => e.refuse(200, '<html></html>', 'text/html'), /instead of an upgrade|web page/),
  exec('redirected', (e) => e.refuse(302, '', 'text/plain'), /302/),
  exec('wrong-key', (e) => e.accept({ key: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }), /does not answer this request's key/),
  exec('wrong-protocol', (e) => e.accept({ protocol: 'v9.channel.k8s.io' }), /none of the protocols/),
  exec('no-protocol', (e) => e.accept({ protocol: '' }), /none of the protocols/),
  exec('no-answer', () => {}, /upgrade to WebSocket .*within/, { args: ['--request-timeout', '3s'] }),
  exec('no-http', (e) => e.socket.end('SSH-2.0-OpenSSH_9.2\r\n'), /HTTP/),
  exec('cut', (e) => e.cut(), /upgrade to WebSocket .*ended without an answer/),
  exec('reserved-bits', begun((e) => e.send(1, 'x', { reserved: 7 })), /frame that breaks the protocol/),
  exec('masked-frames', begun((e) => e.send(1, 'x', { mask: true })), /frame that breaks the protocol/),
  exec('oversized-frame', begun((e) => e.send(1, 'x', { length: 2 ** 53 })), /message of more than the \d+ bytes/),
  exec('unknown-opcode', begun((e) => e.send(1, 'x', { opcode: 5 })), /frame that breaks the protocol/),
  exec('text-frames', begun((e) => e.send(3, '\xff\xfe', { opcode: 1 })), /run's time \(6 s\) was over/, { args: ['--timeout', '6s'] }),
  exec('fragments-without-start', begun((e) => e.send(1, 'x', { opcode: 0 })), /frame that breaks the protocol/),
  exec('oversized-ping', begun((e) => e.socket.write(frame(Buffer.alloc(3000), { opcode: 9 }))), /frame that breaks the protocol/),
  exec('unknown-channels', (e) => {
    e.accept()
    for (const channel of [4, 77, 254, 255]) e.send(channel, 'what')
    const { out } = e.server.api.exec(e.url)
    e.listen().send(1, out).send(3, JSON.stringify(exitStatus(0))).close()
  }, [], { exit: 0, errors: [] }),
  exec('closed-without-status', begun((e) => e.send(1, 'half').close()), /without saying how it ended/),
  exec('cut-in-the-output', begun((e) => {
    e.send(1, 'half')
    setTimeout(() => e.cut(), 50)
  }), /without a close frame|connection broke/),
  exec('status-of-rubbish', begun((e) => e.send(3, 'Success').close()), /without saying how it ended/),
  exec('status-of-wrong-types', begun((e) => e.send(3, '{"status":5,"details":[],"message":{}}').close()), /does not say how the command ended/),
  exec('never-ends', begun((e) => e.send(1, 'working')), /run's time \(6 s\) was over/, { args: ['--timeout', '6s'] }),
  exec('output-of-rubbish', begun((e) => e.send(1, bytes(0, 255, 27, 91, 10, 10)).send(3, JSON.stringify(exitStatus(0))).close()), /answer to the look from inside makes no sense/),
  exec('output-without-end', begun((e) => {
    const piece = Buffer.concat([bytes(1), Buffer.alloc(1 << 16, 'x')])
    const more = () => {
      while (!e.socket.destroyed) if (!e.socket.write(frame(piece))) return e.socket.once('drain', more)
      return undefined
    }
    more()
  }), /run's time \(6 s\) was over/, { args: ['--timeout', '6s'] }),

  forward('forbidden', refusal(403, 'Forbidden', 'no'), /\(403\).*pods\/portforward/),
  forward('no-answer', () => {}, /upgrade to WebSocket .*within/),
  forward('wrong-protocol', (e) => e.accept({ protocol: 'portforward.k8s.io' }), /none of the protocols/),
  forward('closed-at-once', begun((e) => e.close()), /closed the stream before it was connected/),
  forward('never-begun', begun(() => {}), /never began/),
  forward('another-port', (e) => e.accept().listen().send(0, bytes(1, 0)).send(1, bytes(1, 0)), /for another port/),
  forward('error-of-rubbish', begun((e) => e.portFrames().send(1, bytes(255, 27, 91, 50, 74, 0, 10))), /cannot be connected to/),
  forward('error-of-the-runtime', begun((e) => e.portFrames().send(1, 'error forwarding port 8000 to pod x, uid : failed to find sandbox')), /failed to find sandbox/),
  forward('masked-frames', begun((e) => e.send(0, 'x', { mask: true })), /frame that breaks the protocol/),
  forward('half-an-answer', begun((e) => {
    e.portFrames().send(0, 'HTTP/1.1 400 Bad Request\r\nContent-Length: 500\r\n\r\n{"__type":')
    setTimeout(() => e.cut(), 50)
  }), /without a close frame|connection broke/, { on: toDatabase }),
]
