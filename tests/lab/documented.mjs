// The documented deployment in a lab (that of KUBECONFIG): put there, broken, mended.
import path from 'node:path'
import { Deployed, faults } from './breaking.mjs'
import { here, must } from './running.mjs'

export const program = path.resolve(process.env.POSTFLIGHT ?? path.join(here, '../../build/postflight'))
const KINDS = 'deployments,services,resourcequotas,networkpolicies'

// Older kubectl takes the folder of its cache only as an option.
const cache = () => (process.env.KUBECACHEDIR ? [`--cache-dir=${process.env.KUBECACHEDIR}`] : [])
const kubectl = (args, input) => must('kubectl', [...cache(), ...args], { input })

// One JSON document after the other.
async function documented(namespace) {
  const manifest = await must(program, ['manifests', 'documented', '-n', namespace])
  const text = await kubectl(['create', '--dry-run=client', '-o', 'json', '-f', '-'], manifest)
  return text.split(/^}\n/m).filter((t) => t.trim()).map((t) => JSON.parse(`${t}}`))
}

async function deploy(namespace, objects) {
  const items = objects.map((o) => ({ ...o, metadata: { ...o.metadata, namespace } }))
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
}

// Takes away what an earlier fault made and the present objects have not.
async function prune(namespace, objects) {
  const wanted = new Set(objects.map((o) => `${o.kind}/${o.metadata.name}`))
  const { items } = JSON.parse(await kubectl(['-n', namespace, 'get', KINDS, '-o', 'json']))
  const extra = items.map((o) => `${o.kind}/${o.metadata.name}`).filter((name) => !wanted.has(name))
  if (extra.length) await kubectl(['-n', namespace, 'delete', ...extra])
}

const podsOf = async (namespace, deployment) => kubectl(['-n', namespace, 'get', 'pods', '-o', 'name', '-l', labelsOf(deployment)])
const labelsOf = (deployment) => Object.entries(deployment.spec.selector.matchLabels).map(([k, v]) => `${k}=${v}`).join()

// Resolves when it works.
async function mend(namespace) {
  const app = new Deployed(await documented(namespace))
  const objects = app.objects()
  await prune(namespace, objects)
  const database = await podsOf(namespace, app.db)
  // A cart that comes first crashes until DynamoDB is there: nothing in Kubernetes orders the two.
  await deploy(namespace, objects.filter((o) => o !== app.cart))
  await kubectl(['-n', namespace, 'rollout', 'status', 'deploy/dynamodb', '--timeout=120s'])
  // The new database has no table, and the cart makes it only when it starts.
  if (await podsOf(namespace, app.db) !== database) await kubectl(['-n', namespace, 'delete', 'pod', '-l', labelsOf(app.cart), '--grace-period=1'])
  await deploy(namespace, [app.cart])
  await kubectl(['-n', namespace, 'rollout', 'status', 'deploy/cart-deployment', '--timeout=120s'])
}

// Makes the namespace and the deployment; resolves when it works.
export async function install(namespace) {
  await kubectl(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }))
  await mend(namespace)
}

// Breaks it as the fault NAME says; resolves to that fault, or undefined where there is none of that name.
export async function breakWith(namespace, name) {
  const fault = faults.find((f) => f.name === name)
  if (!fault) return undefined
  if (name === 'none') {
    await mend(namespace)
    return fault
  }
  const app = new Deployed(await documented(namespace))
  const before = JSON.stringify(app.cart.spec.template)
  fault.change(app)
  await prune(namespace, app.objects())
  await deploy(namespace, app.objects())
  // A cart that has another template is rolled over. Where it has not, what started without the fault does not show it.
  if (app.fresh || JSON.stringify(app.cart.spec.template) === before) await kubectl(['-n', namespace, 'delete', 'pod', '--all', '--grace-period=1'])
  return fault
}
