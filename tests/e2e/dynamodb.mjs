// Speaks to the DynamoDB Local of a namespace through a port-forward, as a client of any key id and region.
import { spawn } from 'node:child_process'
import http from 'node:http'
import { get, kubectl } from './cluster.mjs'

const INDEX = {
  IndexName: 'idx_global_customerId', KeySchema: [{ AttributeName: 'customerId', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' }, ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
}

// The body of CreateTable for the cart's table.
export function itemsTable({ index = true } = {}) {
  const names = index ? ['id', 'customerId'] : ['id']
  return {
    TableName: 'Items',
    AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    ...(index ? { GlobalSecondaryIndexes: [INDEX] } : {}),
  }
}

// Runs WORK(call) with call(operation, body, {keyId, region}); the cart's own database is the default.
export async function withDynamoDB(namespace, work) {
  const child = spawn('kubectl', ['-n', namespace, 'port-forward', 'deploy/dynamodb', ':8000'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const port = await new Promise((resolve, reject) => {
      child.stdout.on('data', (d) => resolve(Number(/:(\d+) ->/.exec(String(d))?.[1])))
      child.once('exit', (code) => reject(new Error(`kubectl port-forward ended with ${code}`)))
      child.once('error', reject)
    })
    return await work((operation, body, as) => call(port, operation, body, as))
  } finally {
    child.kill()
  }
}

function call(port, operation, body, { keyId = 'fakeKeyId', region = 'us-west-2' } = {}) {
  const credential = `${keyId}/20000101/${region}/dynamodb/aws4_request`
  const headers = {
    'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': `DynamoDB_20120810.${operation}`, 'X-Amz-Date': '20000101T000000Z',
    Authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0`,
  }
  return new Promise((resolve, reject) => {
    const request = http.request({ port, method: 'POST', headers, timeout: 20000 }, (answer) => {
      const chunks = []
      answer.on('data', (d) => chunks.push(d))
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        if (answer.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`${operation}: ${answer.statusCode} ${text}`))
      })
    })
    request.on('timeout', () => request.destroy(new Error(`${operation}: no answer`)))
    request.on('error', reject)
    request.end(JSON.stringify(body))
  })
}

// DynamoDB's process listens: its container is Ready seconds before. The API server's proxy tells 400 from 503.
export const listening = Object.assign(async ({ pods }) => {
  const pod = pods.find((p) => p.metadata.labels?.app === 'dynamodb' && !p.metadata.deletionTimestamp)
  if (!pod) return false
  const { namespace, name } = pod.metadata
  const answer = await get(`/api/v1/namespaces/${namespace}/pods/${name}:8000/proxy/`).catch((e) => e.message)
  return String(answer).includes('MissingAuthenticationToken')
}, { what: 'DynamoDB listens' })

// Stops a DynamoDB whose process is not the first of its container (which ignores such a signal from within).
export const freeze = (namespace) => signal(namespace, 'STOP')
export const thaw = (namespace) => signal(namespace, 'CONT')

const signal = (namespace, name) =>
  kubectl(['-n', namespace, 'exec', 'deploy/dynamodb', '--', 'sh', '-c',
    `for p in /proc/[0-9]*; do read -r c <$p/comm && [ "$c" = java ] && kill -${name} "\${p#/proc/}"; done; true`])

// So many requests lie in the connections of a frozen DynamoDB, unread.
export const asking = (count) => Object.assign(async ({ namespace }) => {
  const sockets = await kubectl(['-n', namespace, 'exec', 'deploy/dynamodb', '--', 'cat', '/proc/net/tcp', '/proc/net/tcp6'])
  const unread = sockets.split('\n').filter((line) => /^ *\d+: \w+:1F40 \w+:\w+ 01 \w{8}:(?!00000000)/.test(line))
  return unread.length >= count
}, { what: `${count} requests wait` })
