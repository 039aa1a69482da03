// A command in a container: its streams as numbered channels of a WebSocket, or as streams of a SPDY session.
import { PassThrough, Writable } from 'node:stream'

const [STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE] = [0, 1, 2, 3, 4, 255]

// Runs the command that WANTED describes; returns the Status that tells how it ended.
async function run({ node, pod, container, command, tty }, streams) {
  try {
    const code = await node.exec(pod, container, command, { ...streams, tty })
    if (code === 0) return { metadata: {}, status: 'Success' }
    return {
      metadata: {}, status: 'Failure', message: `command terminated with non-zero exit code: error executing command [${command.join(' ')}], exit code ${code}`,
      reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: `${code}` }] },
    }
  } catch (error) {
    return {
      metadata: {}, status: 'Failure', message: `Internal error occurred: ${error.message}`, reason: 'InternalError',
      details: { causes: [{ message: error.message }] }, code: 500,
    }
  }
}

// SIZE is {Width, Height} as the terminal of the client has it.
const resizer = (resize) => (bytes) => {
  const { Width, Height } = JSON.parse(bytes.toString() || '{}')
  if (Width && Height) resize.emit('resize', { columns: Width, rows: Height })
}

export async function execChannels(ws, protocol, wanted) {
  const gone = new AbortController()
  const send = (channel, bytes) => new Promise((resolve) => { ws.send(Buffer.concat([Buffer.from([channel]), bytes]), resolve) })
  const output = (channel) => new Writable({
    write: (chunk, encoding, done) => { send(channel, chunk).then(() => done()) },
  })
  const stdin = wanted.stdin ? new PassThrough() : null
  const resize = new PassThrough()
  const onResize = resizer(resize)
  ws.on('message', (message) => {
    const channel = message[0]
    if (channel === STDIN) stdin?.write(message.subarray(1))
    else if (channel === RESIZE) onResize(message.subarray(1))
    else if (channel === CLOSE && message[1] === STDIN && protocol.startsWith('v5')) stdin?.end()
  })
  ws.on('close', () => {
    gone.abort()
    stdin?.end()
  })
  // An empty message says that the command is about to run.
  await send(wanted.stdout ? STDOUT : wanted.stderr ? STDERR : ERROR, Buffer.alloc(0))
  const streams = { stdin, stdout: output(STDOUT), stderr: output(wanted.tty ? STDOUT : STDERR), resize, signal: gone.signal }
  const status = await run(wanted, streams)
  await Promise.all([drained(streams.stdout), drained(streams.stderr)])
  const told = /^v[45]/.test(protocol) ? JSON.stringify(status) : (status.message ?? '')
  if (told) await send(ERROR, Buffer.from(told))
  ws.close(1000)
}

const drained = (stream) => new Promise((resolve) => { stream.end(resolve) })

// SESSION opens a stream for each of error, stdin, stdout, stderr and resize; the command runs when all are there.
export function execStreams(session, wanted) {
  const expected = ['error', ...['stdin', 'stdout', 'stderr'].filter((name) => wanted[name]), ...(wanted.tty ? ['resize'] : [])]
  const open = {}
  const gone = new AbortController()
  session.on('close', () => gone.abort())
  session.on('stream', async (stream, headers) => {
    open[headers.streamtype] = stream
    if (!expected.every((name) => open[name])) return
    const discard = new Writable({ write: (chunk, encoding, done) => done() })
    const resize = new PassThrough()
    open.resize?.on('data', resizer(resize))
    const status = await run(wanted, { stdin: open.stdin ?? null, stdout: open.stdout ?? discard, stderr: open.stderr ?? discard, resize, signal: gone.signal })
    open.error.end(JSON.stringify(status))
    for (const name of ['stdout', 'stderr']) open[name]?.end()
    open.stdin?.reset()
  })
}
