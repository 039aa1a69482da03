// Kubeconfigs that lead nowhere: the report is still one JSON document with eight errors, the exit code says that
// nothing could be judged, and the reason is a sentence without a secret in it.
import { mkdir, writeFile } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { execute, kubectl } from './cluster.mjs'
import { reportOf } from './expect.mjs'
import { program } from './postflight.mjs'
import { removeScratch, scratchFolder } from '../scratch.mjs'

const SECRET = 'CanaryInTheKubeconfig0123456789'
const BAD = [78]
const UNREACHED = [2, 78]

const config = (cluster, user, context = { cluster: 'c', user: 'u' }) => JSON.stringify({
  apiVersion: 'v1', kind: 'Config', 'current-context': 'x',
  contexts: [{ name: 'x', context }], clusters: [{ name: 'c', cluster }], users: [{ name: 'u', user }],
})

const token = { token: SECRET }

async function realCluster() {
  return JSON.parse(await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'])).clusters[0].cluster
}

// A certificate of its own making, valid for DAYS from now; a negative number makes it one that has expired.
async function certificate(folder, subject, days) {
  const [key, request, cert] = ['key.pem', 'request.pem', 'cert.pem'].map((name) => path.join(folder, name))
  for (const args of [
    ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', subject, '-keyout', key, '-out', request],
    ['x509', '-req', '-in', request, '-signkey', key, '-days', `${days}`, '-out', cert],
  ]) {
    const made = await execute('openssl', args)
    if (made.code !== 0) throw new Error(`openssl: ${made.err}`)
  }
  const base64 = async (file) => (await execute('base64', ['-w0', file])).out
  return { key: await base64(key), cert: await base64(cert) }
}

// Each makes the path to use as KUBECONFIG, in FOLDER; `close` in its result is called at the end.
const cases = [
  { name: 'nothing-there', exits: UNREACHED, make: async () => ({ file: '/nonexistent/kubeconfig' }) },
  { name: 'empty-file', exits: BAD, text: () => '' },
  { name: 'directory', exits: BAD, make: async (folder) => ({ file: folder }) },
  { name: 'noise', exits: BAD, text: () => Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919 + 13) % 256)) },
  { name: 'broken-yaml', exits: BAD, text: () => `apiVersion: v1\nusers:\n- name: u\n  user: {token: ${SECRET}\nclusters: [` },
  { name: 'context-without-cluster', exits: BAD, text: () => config({ server: 'https://127.0.0.1:1' }, token, { cluster: 'other', user: 'u' }) },
  { name: 'unreachable-server', exits: UNREACHED, text: () => config({ server: 'https://127.0.0.1:1', 'insecure-skip-tls-verify': true }, token) },
  { name: 'wrong-token', exits: UNREACHED, text: async () => config(await realCluster(), token) },
  {
    name: 'expired-client-certificate', exits: UNREACHED,
    text: async (folder) => {
      const own = await certificate(folder, '/CN=someone', -1)
      return config(await realCluster(), { 'client-certificate-data': own.cert, 'client-key-data': own.key })
    },
  },
  {
    name: 'wrong-authority', exits: UNREACHED,
    text: async (folder) => {
      const other = await certificate(folder, '/CN=another-ca', 30)
      return config({ ...(await realCluster()), 'certificate-authority-data': other.cert }, token)
    },
  },
  {
    name: 'server-answers-html', exits: UNREACHED,
    make: async (folder) => {
      const server = http.createServer((request, answer) => {
        answer.writeHead(200, { 'content-type': 'text/html' })
        answer.end('<!doctype html><title>Sign in</title><p>Please sign in.')
      })
      await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve) })
      const file = path.join(folder, 'config')
      await writeFile(file, config({ server: `http://127.0.0.1:${server.address().port}` }, token))
      return { file, close: () => server.close() }
    },
  },
]

async function run({ exits, make, text }) {
  const folder = scratchFolder('e2e')
  const problems = []
  let made
  try {
    if (make) made = await make(folder)
    else {
      made = { file: path.join(folder, 'config') }
      await writeFile(made.file, await text(folder))
    }
    const home = path.join(folder, 'home')
    await mkdir(home)
    const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: made.file }
    const result = await execute(program, ['run', '-n', 'somewhere', '-o', 'json'], { env, seconds: 60 })
    judgeFailedStart(result, exits, problems)
    return problems
  } finally {
    made?.close?.()
    removeScratch(folder)
  }
}

function judgeFailedStart(result, exits, problems) {
  if (!exits.includes(result.code)) problems.push(`exit ${result.code}, expected ${exits.join(' or ')}`)
  if ((result.out + result.err).includes(SECRET)) problems.push('the token is in the output')
  const report = reportOf(result.out, result.code, problems)
  if (!report) {
    problems.push(result.out.slice(0, 300), result.err.slice(0, 300))
    return
  }
  // A run that did begin and found no server has not been allowed to restart anything either.
  const fine = (i) => i.verdict === 'error' || (result.code === 2 && i.id === 'persistence' && i.verdict === 'skip')
  const others = report.checklist.filter((i) => !fine(i)).map((i) => `${i.id} ${i.verdict}`)
  if (others.length) problems.push(`not an error: ${others.join(', ')}`)
  const message = report.checks[0]?.message ?? ''
  if (!message || message.length > 400 || message.includes('\n')) problems.push(`the reason is not a sentence: ${JSON.stringify(message)}`)
  if (result.err.trim().split('\n').length > 3) problems.push(`stderr is more than a few lines:\n${result.err.slice(0, 500)}`)
}

export const kubeconfigTests = cases.map((c) => ({ name: `kubeconfig/${c.name}`, run: () => run(c) }))
