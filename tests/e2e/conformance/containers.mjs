// Commands in containers and connections to their ports, over WebSockets.
const exec = async (t, words, { protocols = 'v5.channel.k8s.io, v4.channel.k8s.io', container = 'cart', app = 'cart' } = {}) => {
  const pod = await t.pod(app)
  const command = words.map((w) => `&command=${encodeURIComponent(w)}`).join('')
  return t.client.socket(t.core(`pods/${pod.metadata.name}/exec?container=${container}&stdout=true&stderr=true${command}`), protocols)
}
const forward = async (t, app, port, protocols = 'v4.channel.k8s.io') =>
  t.client.socket(t.core(`pods/${(await t.pod(app)).metadata.name}/portforward?ports=${port}`), protocols)
const get = (path, port) => `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: application/json, */*\r\n\r\n`
const PORT_BYTES = 2
const FIRST_BACK_OFF = 10 // seconds

async function ranTo(t, stream, expected) {
  t.equal('the upgrade', [stream.status, stream.isAccepted], [101, true])
  if (stream.status !== 101) return t.problems.push(stream.text)
  await stream.end()
  const status = JSON.parse(stream.text(3) || '{}')
  t.equal('the output', [stream.text(1), stream.text(2)], expected.output ?? ['', ''])
  t.equal('the status', status.status, expected.code ? 'Failure' : 'Success')
  if (expected.code) {
    t.equal('the reason', [status.reason, status.details?.causes], ['NonZeroExitCode', [{ reason: 'ExitCode', message: String(expected.code) }]])
    t.match('the message', status.message, /^command terminated with non-zero exit code/)
  }
  t.equal('the close', stream.closeCode, 1000)
  return undefined
}

export const containers = [
  { name: 'exec-succeeds', run: async (t) => {
    const stream = await exec(t, ['sh', '-c', 'echo out; echo err >&2'])
    t.equal('the protocol', stream.protocol, 'v5.channel.k8s.io')
    await ranTo(t, stream, { output: ['out\n', 'err\n'] })
  } },
  { name: 'exec-by-the-older-protocol', run: async (t) => {
    const stream = await exec(t, ['sh', '-c', 'echo out'], { protocols: 'v4.channel.k8s.io' })
    t.equal('the protocol', stream.protocol, 'v4.channel.k8s.io')
    await ranTo(t, stream, { output: ['out\n', ''] })
  } },
  { name: 'exec-ends-with-a-code', run: async (t) => ranTo(t, await exec(t, ['sh', '-c', 'exit 3']), { code: 3 }) },
  { name: 'exec-of-an-absent-program', run: async (t) => {
    const stream = await (await exec(t, ['no-such-program'])).end()
    const status = JSON.parse(stream.text(3))
    t.equal('the status', [status.status, status.reason], ['Failure', 'InternalError'])
    t.match('the message', status.message, /exec: "no-such-program": executable file not found in \$PATH/)
  } },
  { name: 'exec-of-many-bytes', run: async (t) => {
    const stream = await exec(t, ['sh', '-c', 'head -c 100000 /dev/zero | tr "\\0" x', 'x'.repeat(12_000)])
    await ranTo(t, stream, { output: ['x'.repeat(100_000), ''] })
  } },
  { name: 'exec-where-nothing-runs', run: async (t) => {
    const none = await exec(t, ['true'], { container: 'no-such' })
    t.refused(none, 400, 'BadRequest', /^container no-such is not valid for pod cart-deployment-/)
    const waiting = await exec(t, ['true'], { app: 'waiting' })
    t.equal('the upgrade where the container waits', waiting.status, 101)
    const status = JSON.parse((await waiting.end()).text(3))
    t.equal('its status', [status.status, status.reason, status.code], ['Failure', 'InternalError', 500])
    t.match('its message', status.message, /unable to upgrade connection: container not found \("cart"\)$/)
    const older = await exec(t, ['true'], { app: 'waiting', protocols: 'v4.channel.k8s.io' })
    t.equal('by the older protocol', [older.status, older.text?.trim()], [500, 'container not found ("cart")'])
    const absent = await t.client.socket(t.core('pods/no-such/exec?container=cart&stdout=true&command=true'), 'v5.channel.k8s.io')
    t.refused(absent, 404, 'NotFound', /^pods "no-such" not found$/)
  } },
  { name: 'exec-without-an-upgrade', run: async (t) => {
    const answer = await t.client.get(t.core(`pods/${(await t.pod('cart')).metadata.name}/exec?container=cart&stdout=true&command=true`))
    t.ok('it is refused', answer.status >= 400)
    t.match('the reason', answer.text, /[Uu]pgrade/)
  } },

  { name: 'start-of-an-absent-program', run: async (t) => {
    const look = async () => (await t.pod('unstartable'))?.status.containerStatuses?.[0]
    const { state, lastState, restartCount, containerID } = await t.eventually(look, (s) => s?.state.waiting?.reason === 'CrashLoopBackOff') ?? {}
    const { exitCode, reason, startedAt, finishedAt, message, containerID: of } = lastState?.terminated ?? {}
    t.equal('what it waits for', state?.waiting?.reason, 'CrashLoopBackOff')
    // The first restart comes at once; each later one after twice the time.
    const seconds = FIRST_BACK_OFF * 2 ** (restartCount - 1)
    const written = seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
    t.match(`its back-off after ${restartCount} restarts`, state?.waiting?.message, new RegExp(`^back-off ${written} restarting failed container=cart pod=unstartable-`))
    t.equal('its last end', [exitCode, reason, startedAt, of], [128, 'StartError', '1970-01-01T00:00:00Z', containerID])
    t.match('the reason of it', message, /unable to start container process: .*exec: "\/no-such-program": stat \/no-such-program: no such file or directory/)
    t.ok('its end has a time', Date.parse(finishedAt) > 0)
    const { json } = await t.client.get(t.core('events?limit=500&fieldSelector=reason%3DFailed'))
    t.ok('an event says it', json.items.some((e) => e.involvedObject.name.startsWith('unstartable-') && e.message === `Error: ${message}`))
  } },
  { name: 'mounts-are-files', run: async (t) => {
    await t.eventually(async () => (await t.pod('mounting'))?.status.containerStatuses?.[0].state, (state) => state?.running)
    const says = async (script, output) => ranTo(t, await exec(t, ['sh', '-c', script], { app: 'mounting' }), { output: [output, ''] })
    await says('cat /of/secret/key /of/map/in/here /of/file; ls /of/map /of/empty', 'of the secretof the mapof the map/of/empty:\n\n/of/map:\nin\n')
    await says('mkdir /of/empty/a && echo written >/of/empty/a/b && mv /of/empty/a/b /of/empty/c && rmdir /of/empty/a && cat /of/empty/c && rm /of/empty/c && ls /of/empty', 'written\n')
    await says('for f in secret/key map/x secret/in; do (echo x >/of/$f) 2>&1 | grep -o "Read-only file system"; done; test -r /of/secret/key && test ! -e /of/secret/other && echo right',
      'Read-only file system\nRead-only file system\nRead-only file system\nright\n')
  } },
  { name: 'mount-of-an-absent-object', run: async (t) => {
    const message = 'MountVolume.SetUp failed for volume "v" : configmap "absent" not found'
    const look = async () => (await t.client.get(t.core('events?limit=500&fieldSelector=reason%3DFailedMount'))).json.items
    const ours = (events) => events.find((e) => e.message === message)
    const event = ours(await t.eventually(look, ours))
    t.equal('the event', [event?.type, event?.involvedObject.kind, event?.involvedObject.fieldPath], ['Warning', 'Pod', undefined])
    const { status } = await t.pod('unmounted')
    t.equal('the state', [status.phase, status.containerStatuses[0].state, status.podIP], ['Pending', { waiting: { reason: 'ContainerCreating' } }, undefined])
    const condition = (type) => status.conditions.find((c) => c.type === type)?.status
    t.equal('its conditions', ['PodReadyToStartContainers', 'Initialized', 'Ready', 'PodScheduled'].map(condition), ['False', 'True', 'False', 'True'])
  } },

  { name: 'forward-two-requests', run: async (t) => {
    const stream = await forward(t, 'cart', 8080)
    t.equal('the protocol', [stream.status, stream.protocol, stream.isAccepted], [101, 'v4.channel.k8s.io', true])
    for (const [nth, channels] of [[1, [0, 1]], [2, []]]) {
      const from = stream.came[0]?.length ?? PORT_BYTES
      stream.send(0, get('/topology', 8080))
      await stream.until((s) => /"persistenceProvider"[^}]*}/.test(s.text(0, from)))
      t.match(`answer ${nth}`, stream.text(0, from), /^HTTP\/1\.1 200/)
      t.ok('both channels begin with the port', channels.every((c) => stream.came[c]?.readUInt16LE(0) === 8080))
    }
    t.equal('no error', stream.came[1]?.length, PORT_BYTES)
    stream.close()
  } },
  { name: 'forward-to-the-database', run: async (t) => {
    const stream = await forward(t, 'dynamodb', 8000)
    stream.send(0, get('/', 8000))
    await stream.until((s) => /MissingAuthenticationToken/.test(s.text(0)))
    t.match('DynamoDB answers', stream.text(0, PORT_BYTES), /^HTTP\/1\.1 400/)
    stream.close()
  } },
  { name: 'forward-to-a-closed-port', run: async (t) => {
    const stream = await forward(t, 'cart', 9)
    stream.send(0, get('/', 9))
    await stream.until((s) => s.text(1, PORT_BYTES) !== '')
    t.match('the error', stream.text(1, PORT_BYTES), /connection refused/)
    stream.close()
  } },
  { name: 'forward-refused', run: async (t) => {
    const newer = await forward(t, 'cart', 8080, 'v5.channel.k8s.io')
    t.ok('another protocol is not spoken', newer.status !== 101)
    const absent = await t.client.socket(t.core('pods/no-such/portforward?ports=80'), 'v4.channel.k8s.io')
    t.refused(absent, 404, 'NotFound', /^pods "no-such" not found$/)
  } },
]
