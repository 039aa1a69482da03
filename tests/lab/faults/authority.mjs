// A certificate authority for one run, and the servers' certificates that a client may meet: the right one, and
// those that are wrong in one thing.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const openssl = (...args) => promisify(execFile)('openssl', args)
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

async function makeAuthority(folder, name) {
  const file = (ending) => path.join(folder, `${name}.${ending}`)
  await openssl('req', '-x509', ...NEW_KEY, '-keyout', file('key'), '-out', file('crt'), '-days', '2', '-subj', `/CN=${name}`)
  return { file: file('crt'), key: file('key') }
}

async function makeCertificate(folder, name, authority, { alternative = 'IP:127.0.0.1', days = '1' } = {}) {
  const file = (ending) => path.join(folder, `${name}.${ending}`)
  await openssl('req', ...NEW_KEY, '-keyout', file('key'), '-out', file('csr'), '-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternative}`)
  await openssl('x509', '-req', '-in', file('csr'), '-CA', authority.file, '-CAkey', authority.key, '-days', days,
    '-copy_extensions', 'copy', '-out', file('crt'))
  return { cert: await readFile(file('crt')), key: await readFile(file('key')) }
}

// Files go to FOLDER. `file` is the authority to trust; the rest are {cert, key} for a server.
export async function makeCertificates(folder) {
  const [trusted, stranger] = await Promise.all([makeAuthority(folder, 'trusted'), makeAuthority(folder, 'stranger')])
  const [right, expired, otherHost, unknown] = await Promise.all([
    makeCertificate(folder, 'right', trusted),
    makeCertificate(folder, 'expired', trusted, { days: '-1' }),
    makeCertificate(folder, 'other-host', trusted, { alternative: 'DNS:elsewhere.example' }),
    makeCertificate(folder, 'unknown', stranger),
  ])
  return { file: trusted.file, right, expired, otherHost, unknown }
}
