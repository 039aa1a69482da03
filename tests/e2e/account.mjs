// Accounts of the cluster that are not that of the kubeconfig: flags that name the server, and a token.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { kubectl } from './cluster.mjs'

// The flags that name the server without its kubeconfig; its certificate authority goes to FOLDER.
export async function connection(folder) {
  const config = JSON.parse(await kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']))
  const cluster = config.clusters[0].cluster
  const authority = path.join(folder, 'ca.crt')
  await writeFile(authority, Buffer.from(cluster['certificate-authority-data'], 'base64'))
  return ['--server', cluster.server, '--certificate-authority', authority]
}

// The flags that log in as a ServiceAccount of NAMESPACE; its token goes to a file NAME in FOLDER.
export async function login(namespace, account, folder, name = account) {
  const tokenFile = path.join(folder, name)
  await writeFile(tokenFile, await kubectl(['create', 'token', account, '-n', namespace]), { mode: 0o600 })
  return ['--token-file', tokenFile]
}
