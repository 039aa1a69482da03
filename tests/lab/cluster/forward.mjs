// Connections into a pod: two channels of a WebSocket for each port that was asked for (data, error), or two streams
// of a SPDY session for each connection.

const refused = (port, error) => `error forwarding port ${port} to pod: ${error.message}`

export function forwardChannels(ws, { node, pod, ports }) {
  const connections = []
  const send = (channel, bytes) => { if (ws.readyState === ws.OPEN) ws.send(Buffer.concat([Buffer.from([channel]), bytes])) }
  ports.forEach((port, index) => {
    const [data, error] = [2 * index, 2 * index + 1]
    const number = Buffer.from([port & 255, port >> 8])
    send(data, number)
    send(error, number)
    const early = []
    connections[index] = { write: (bytes) => early.push(bytes), destroy: () => {} }
    connect(node, pod, port).then((connection) => {
      connection.on('data', (bytes) => send(data, bytes))
      connection.on('error', (e) => send(error, Buffer.from(refused(port, e))))
      connection.on('close', () => ws.close(1000))
      for (const bytes of early) connection.write(bytes)
      connections[index] = connection
      if (ws.readyState !== ws.OPEN) connection.destroy()
    }, (e) => {
      send(error, Buffer.from(refused(port, e)))
      ws.close(1000)
    })
  })
  ws.on('message', (message) => { if (message[0] % 2 === 0) connections[message[0] / 2]?.write(message.subarray(1)) })
  ws.on('close', () => { for (const connection of connections) connection.destroy() })
}

const connect = async (node, pod, port) => node.portForward(pod, port)

export function forwardStreams(session, { node, pod }) {
  const pairs = new Map()
  session.on('stream', async (stream, { streamtype, port, requestid }) => {
    const pair = pairs.get(requestid) ?? {}
    pairs.set(requestid, { ...pair, [streamtype]: stream })
    const { data, error } = pairs.get(requestid)
    if (!data || !error) return
    pairs.delete(requestid)
    try {
      const connection = await connect(node, pod, Number(port))
      connection.on('error', () => {}) // told by its close
      connection.on('close', () => error.end())
      data.on('close', () => connection.destroy())
      session.on('close', () => connection.destroy())
      data.pipe(connection)
      connection.pipe(data)
    } catch (e) {
      error.end(refused(port, e))
      data.end()
    }
  })
}
