// The lab's certificates, by the openssl command: an authority, the server, and an administrator, in FOLDER.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const NAMES = [
  'DNS:localhost', 'DNS:kubernetes', 'DNS:kubernetes.default', 'DNS:kubernetes.default.svc',
  'DNS:kubernetes.default.svc.cluster.local', 'IP:127.0.0.1', 'IP:10.96.0.1',
]

function openssl(...args) {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

function issue(folder, name, subject, extensions) {
  const at = (suffix) => path.join(folder, `${name}.${suffix}`)
  writeFileSync(at('ext'), extensions)
  openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', subject, '-keyout', at('key'), '-out', at('csr'))
  openssl('x509', '-req', '-in', at('csr'), '-CA', path.join(folder, 'ca.crt'), '-CAkey', path.join(folder, 'ca.key'), '-CAcreateserial', '-days', '30', '-extfile', at('ext'), '-out', at('crt'))
  return { cert: readFileSync(at('crt')), key: readFileSync(at('key')) }
}

// {ca, server: {cert, key}, admin: {cert, key}} as PEM.
export function makeCertificates(folder) {
  const [key, cert] = ['ca.key', 'ca.crt'].map((f) => path.join(folder, f))
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=lab-ca', '-days', '30', '-keyout', key, '-out', cert)
  return {
    ca: readFileSync(cert),
    server: issue(folder, 'server', '/CN=kube-apiserver', `subjectAltName=${NAMES.join(',')}\nextendedKeyUsage=serverAuth\n`),
    admin: issue(folder, 'admin', '/O=system:masters/CN=kubernetes-admin', 'extendedKeyUsage=clientAuth\n'),
  }
}

// A kubeconfig (JSON, which is YAML) that speaks as the administrator.
export function kubeconfig({ url, ca, admin, namespace = 'default' }) {
  const base64 = (pem) => pem.toString('base64')
  return `${JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'lab', preferences: {},
    clusters: [{ name: 'lab', cluster: { server: url, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'lab-admin', user: { 'client-certificate-data': base64(admin.cert), 'client-key-data': base64(admin.key) } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab-admin', namespace } }],
  }, null, 2)}\n`
}
