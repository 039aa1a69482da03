// postflight where it runs in the cluster: from a debug pod in another namespace, as a Job, as a debug container in
// the cart's own pod. Its rights, the pod and the Job are those of `postflight manifests`.
import { apply, createNamespace, deleteNamespace, execute, get, kubectl, logOf, namespaceFor, until } from './cluster.mjs'
import { program } from './postflight.mjs'

// Without a program the names of the tests can still be listed.
const { out: told } = await execute(program, ['--version']).catch(() => ({ out: '' }))
const version = told.trim().split(' ')[1]
export const IMAGE = process.env.POSTFLIGHT_IMAGE ?? `postflight:${version}`
export const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' }

const ACCOUNT = 'postflight'
const TOOLS = namespaceFor('tools')

// The objects of a reference manifest.
export async function manifest(variant, namespace) {
  const image = variant === 'rbac' ? [] : ['--set', `image=${IMAGE}`]
  const { code, out, err } = await execute(program, ['manifests', variant, '-n', namespace, ...image])
  if (code !== 0) throw new Error(`manifests ${variant} ends with ${code}: ${err}`)
  const objects = JSON.parse(await kubectl(['create', '--dry-run=client', '-o', 'json', '-f', '-'], { input: out })
    .then((text) => `[${text.replace(/^\}\n\{/gm, '},{')}]`))
  return objects.flatMap((o) => (o.kind === 'List' ? o.items : [o]))
}

// Gives postflight its rights in NAMESPACE: to the Job's account there, to the debug pod in its own namespace, and to
// the account that the application's pods have.
export async function giveRights(namespace) {
  const objects = await manifest('rbac', namespace)
  for (const { subjects } of objects.filter((o) => o.kind === 'RoleBinding')) {
    subjects.push({ ...subjects[0], name: ACCOUNT, namespace: TOOLS }, { ...subjects[0], name: 'default', namespace })
  }
  await apply(namespace, objects)
}

// Tells at once that the image is not there, instead of waiting for it.
const unlessWithoutImage = (what, reached) => Object.assign(async (seen) => {
  const without = seen.pods.flatMap((p) => [...(p.status.containerStatuses ?? []), ...(p.status.ephemeralContainerStatuses ?? [])])
    .find((c) => c.image?.includes(IMAGE) && c.state.waiting?.reason?.includes('Image'))
  if (without) throw new Error(`${IMAGE}: ${without.state.waiting.message}; tests/lab/images/postflight puts it on the node`)
  return reached(seen)
}, { what })

let tools

// The debug pod of the whole run, made by the first who asks.
function debugPod(context) {
  tools ??= (async () => {
    context.cleanup.add(() => (process.env.KEEP ? null : deleteNamespace(TOOLS)))
    await createNamespace(TOOLS, RESTRICTED)
    await apply(TOOLS, [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT } }, ...await manifest('debug-pod', TOOLS)])
    await until(TOOLS, unlessWithoutImage('the debug pod runs', ({ pods }) => pods.some((p) => p.status.containerStatuses?.[0].ready)))
  })()
  return tools
}

export async function fromDebugPod(context, namespace, args = []) {
  await debugPod(context)
  const run = await execute('kubectl', ['-n', TOOLS, 'exec', 'postflight-debug', '--', 'postflight', 'run', '-n', namespace, '-o', 'json', ...args])
  return { from: 'the debug pod', ...run, json: run.out }
}

// Without a namespace among its arguments: a pod has its own.
export async function asJob(namespace, args = []) {
  const [job] = await manifest('job', namespace)
  job.spec.template.spec.containers[0].args = ['run', '-o', 'json', ...args]
  await apply(namespace, [job])
  let end
  const { pods } = await until(namespace, unlessWithoutImage('the Job has ended', async () => {
    const { status } = await get(`/apis/batch/v1/namespaces/${namespace}/jobs/${job.metadata.name}`)
    end = status.conditions?.find((c) => ['Complete', 'Failed'].includes(c.type) && c.status === 'True')?.type
    return end
  }))
  const pod = pods.find((p) => p.metadata.labels?.['job-name'] === job.metadata.name)
  return { from: 'the Job', end, ...await ended(pod, pod.status.containerStatuses[0]) }
}

// In the pod of the cart, as the cart's user: the files of another user's process are not to be read.
export async function asDebugContainer(namespace, args = [], flags = []) {
  const { pods } = await until(namespace, Object.assign(({ pods: all }) => all.some(isCart), { what: 'a cart pod' }))
  const name = pods.find(isCart).metadata.name
  await kubectl(['-n', namespace, 'debug', name, '-c', 'postflight', `--image=${IMAGE}`, '--target=cart', ...flags, '--', 'postflight', 'run', '-o', 'json', ...args])
  const statusOf = (p) => p.status.ephemeralContainerStatuses?.find((c) => c.name === 'postflight')
  const seen = await until(namespace, unlessWithoutImage('the debug container has ended', ({ pods: now }) =>
    now.some((p) => p.metadata.name === name && statusOf(p)?.state.terminated)))
  const pod = seen.pods.find((p) => p.metadata.name === name)
  return { from: 'the debug container', ...await ended(pod, statusOf(pod)) }
}

const isCart = (pod) => pod.metadata.labels?.app === 'cart' && !pod.metadata.deletionTimestamp

async function ended(pod, { name, state }) {
  const json = await logOf(pod, name, false)
  return { code: state.terminated.exitCode, out: json, err: '', json }
}
