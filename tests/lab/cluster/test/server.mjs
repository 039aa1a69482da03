// An API server with a namespace, a running pod and a node that plays its part, for the tests of this folder.
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { removeScratch, scratchFolder } from '../../../scratch.mjs'
import { startApi } from '../api.mjs'
import { Store } from '../store.mjs'

// A node whose one container echoes: log says what it was asked, exec runs a few words, ports lead to a local server.
function fakeNode(port) {
  return {
    async log(pod, container, { follow, signal, ...options }, write) {
      write(`${container} ${JSON.stringify(options)}\n`)
      if (follow) await new Promise((resolve) => { signal.addEventListener('abort', resolve) })
    },
    async exec(pod, container, [word, ...rest], { stdin, stdout, stderr }) {
      if (word === 'echo') stdout.write(`${rest.join(' ')}\n`)
      else if (word === 'cat') for await (const chunk of stdin) stdout.write(chunk)
      else if (word === 'fail') {
        stderr.write('oh\n')
        return Number(rest[0])
      } else throw new Error(`exec: "${word}": executable file not found in $PATH`)
      return 0
    },
    portForward: (pod, wanted) => new Promise((resolve, reject) => {
      if (wanted !== 8080) return reject(new Error('connection refused'))
      const socket = net.connect(port, '127.0.0.1', () => resolve(socket))
      return socket.on('error', reject)
    }),
  }
}

export async function startServer(options = {}) {
  const web = http.createServer((request, response) => response.end(`web ${request.method} ${request.url}\n`))
  await new Promise((resolve) => { web.listen(0, '127.0.0.1', resolve) })
  const folder = scratchFolder('api')
  const store = new Store()
  const api = await startApi({ store, node: fakeNode(web.address().port), folder, ...options })
  store.create('namespaces', { metadata: { name: 'a' } })
  const pod = store.create('pods', { metadata: { name: 'web', namespace: 'a', labels: { app: 'web' } }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } })
  pod.status = { phase: 'Running', podIP: '127.0.0.1', containerStatuses: [{ name: 'c', ready: true, restartCount: 0, state: { running: {} }, lastState: {} }] }
  store.update('pods', pod, { subresource: 'status' })
  const identity = { ca: api.ca, cert: api.admin.cert, key: api.admin.key }

  // One request over HTTP/1.1; OPTIONS may have headers, token (no certificate then) and a body.
  const ask = (method, url, { headers = {}, body, token, anonymous } = {}) => new Promise((resolve, reject) => {
    const who = token || anonymous ? { ca: api.ca } : identity
    const all = { 'user-agent': 'test/1', ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers }
    const request = https.request(`${api.url}${url}`, { method, headers: all, agent: false, ...who }, (response) => {
      const chunks = []
      response.on('data', (c) => chunks.push(c))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        let json
        try {
          json = JSON.parse(bytes)
        } catch {
          // it is text
        }
        resolve({ code: response.statusCode, headers: response.headers, text: `${bytes}`, bytes, json })
      })
    })
    request.on('error', reject)
    request.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
  })
  const close = async () => {
    await api.close()
    await new Promise((resolve) => { web.close(resolve) })
    removeScratch(folder)
  }
  return { api, store, ask, identity, close, kubeconfig: () => JSON.parse(readFileSync(api.kubeconfig)) }
}
