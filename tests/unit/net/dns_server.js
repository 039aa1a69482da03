// Small DNS servers on the loopback for tests. Prints "NAME PORT" for each, then "ready"; ends with its standard input.
//   zone    answers from the table below, NXDOMAIN for what is not in it
//   silent  reads and never answers
//   refuse  answers everything with REFUSED
//   broken  answers everything with bytes that are no DNS message
// What zone was asked stands in the order of asking at GET / of "asked". PORT_NAME and ADDRESS_NAME in the environment
// place a server elsewhere than on a free port of 127.0.0.1.
'use strict'
const dgram = require('node:dgram')
const http = require('node:http')

const A = 1, CNAME = 5, AAAA = 28
const rcodes = { servfail: 2, nxdomain: 3, refused: 5 }

// A name: its records, or what happens instead.
const zone = {
  'plain.test': { a: ['10.0.0.1'] },
  'both.test': { a: ['10.0.0.2', '10.0.0.3'], aaaa: ['fd00::2'] },
  'six.test': { aaaa: ['fd00::6'] },
  'nothing.test': {},
  'alias.test': { cname: 'plain.test', a: ['10.0.0.1'] },
  'dangling.test': { cname: 'gone.test' },
  'fail.test': 'servfail',
  'no.test': 'refused',
  'silent.test': 'silent',
  'half.test': { a: ['10.0.0.9'], aaaaIs: 'silent' },
  'many.test': { a: Array.from({ length: 28 }, (_, i) => `10.1.0.${i + 1}`) },
  'kubernetes.default.svc.cluster.local': { a: ['10.96.0.1'] },
  'dynamodb.shop.svc.cluster.local': { a: ['10.96.10.126'] },
  'empty.shop.svc.cluster.local': {},
  'empty.svc.cluster.local': { a: ['10.0.0.4'] },
  'quiet.shop.svc.cluster.local': 'silent',
  'quiet.svc.cluster.local': { a: ['10.0.0.5'] },
  'shaky.shop.svc.cluster.local': 'servfail',
  'shaky.svc.cluster.local': { a: ['10.0.0.6'] },
}
const asked = []

function question(message) {
  const labels = []
  let at = 12
  while (message[at] !== 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]))
    at += 1 + message[at]
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 }
}

const encoded = (name) => Buffer.concat([...name.split('.').map((l) => Buffer.from([l.length, ...Buffer.from(l)])), Buffer.from([0])])

function record(owner, type, data) {
  const head = Buffer.alloc(10)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(1, 2)
  head.writeUInt32BE(5, 4)
  head.writeUInt16BE(data.length, 8)
  return Buffer.concat([owner, head, data])
}

function address6(text) {
  const [left, right] = text.split('::')
  const parts = left.split(':').filter(Boolean)
  const tail = right.split(':').filter(Boolean)
  const all = [...parts, ...Array(8 - parts.length - tail.length).fill('0'), ...tail]
  return Buffer.from(all.flatMap((p) => [parseInt(p, 16) >> 8, parseInt(p, 16) & 255]))
}

function records(entry, type) {
  let owner = Buffer.from([0xc0, 12])
  const out = []
  if (entry.cname) {
    out.push(record(owner, CNAME, encoded(entry.cname)))
    owner = encoded(entry.cname)
  }
  if (type === A) for (const a of entry.a ?? []) out.push(record(owner, A, Buffer.from(a.split('.').map(Number))))
  if (type === AAAA) for (const a of entry.aaaa ?? []) out.push(record(owner, AAAA, address6(a)))
  return out
}

// The answer to MESSAGE, or undefined for none.
function answer(message) {
  const q = question(message)
  asked.push(`${q.name} ${q.type === A ? 'A' : q.type === AAAA ? 'AAAA' : q.type}`)
  let entry = zone[q.name] ?? 'nxdomain'
  if (q.type === AAAA && entry.aaaaIs) entry = entry.aaaaIs
  if (entry === 'silent') return undefined
  const found = typeof entry === 'string' ? [] : records(entry, q.type)
  const head = Buffer.from(message.subarray(0, q.end))
  head.writeUInt16BE(0x8180 | (rcodes[entry] ?? 0), 2)
  head.writeUInt16BE(found.length, 6)
  head.writeUInt16BE(0, 10)
  return Buffer.concat([head, ...found])
}

function refusal(message) {
  const head = Buffer.from(message.subarray(0, question(message).end))
  head.writeUInt16BE(0x8180 | rcodes.refused, 2)
  head.writeUInt16BE(0, 10)
  return head
}

const behaviours = { zone: answer, silent: () => undefined, refuse: refusal, broken: (m) => Buffer.concat([m.subarray(0, 2), Buffer.from([0x81, 0x80, 0, 1, 0, 9])]) }

async function main() {
  for (const [name, behaviour] of Object.entries(behaviours)) {
    const socket = dgram.createSocket('udp4')
    socket.on('message', (message, from) => {
      const reply = behaviour(message)
      if (reply) socket.send(reply, from.port, from.address)
    })
    socket.on('error', (e) => { console.error(e.message); process.exit(1) })
    await new Promise((resolve) => socket.bind(Number(process.env[`PORT_${name}`] ?? 0), process.env[`ADDRESS_${name}`] ?? '127.0.0.1', resolve))
    console.log(`${name} ${socket.address().port}`)
  }
  const server = http.createServer((_, response) => response.end(asked.join('\n')))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  console.log(`asked ${server.address().port}`)
  console.log('ready')
}

process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
main()
