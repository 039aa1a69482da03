// What postflight sees by itself in the cluster: processes asked at their pods' addresses, a pod without a token, and
// the cart's own pod while the cart crashes.
import { apply, createNamespace, deleteNamespace, get, logOf, namespaceFor, until } from './cluster.mjs'
import { cartCrashed, serving } from './conditions.mjs'
import { compare, noCanary, reportOf } from './expect.mjs'
import { asDebugContainer, fromDebugPod, giveRights, IMAGE } from './inside.mjs'
import { Documented, ENDPOINT } from './manifest.mjs'

const DIRECT = {
  rootCauses: [], failed: [], exit: 0,
  facts: { 'answers.way': 'direct', 'table.way': 'direct', 'app.way': 'direct' },
}

// Without the API server nothing of the checklist is judged; what was seen all the same is told.
const BLIND = {
  rootCauses: [], failed: [], exit: 2,
  facts: { 'dns.outcome': 'resolved', 'dns.assumed': true, 'tcp.outcome': 'connected', 'tcp.assumed': true, 'answers.way': 'service' },
  checks: { 'cluster.access': /no ServiceAccount token/, 'db.table': /no ServiceAccount token/ },
}
const FROM_ELSEWHERE = { ...BLIND, checks: { ...BLIND.checks, tcp: /not the application's pod/, 'cart.app': /as the running process has it/ } }
const FROM_ITS_POD = { ...BLIND, checks: { ...BLIND.checks, tcp: /connected .*the documented name: what the application has been told could not be read/ } }

async function problemsOf(run, expected, canary) {
  const problems = []
  await noCanary(run, canary, problems)
  const report = reportOf(run.json, run.code, problems)
  if (report) compare(report, run.code, expected, problems)
  else problems.push(run.out.slice(0, 500))
  return problems.map((problem) => `${run.from}: ${problem}`)
}

async function withoutToken(namespace) {
  const name = 'no-token'
  await apply(namespace, [{
    apiVersion: 'v1', kind: 'Pod', metadata: { name },
    spec: {
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      containers: [{ name, image: IMAGE, imagePullPolicy: 'IfNotPresent', args: ['run', '-o', 'json'] }],
    },
  }])
  let pod
  await until(namespace, Object.assign(async () => {
    pod = await get(`/api/v1/namespaces/${namespace}/pods/${name}`)
    return pod.status.containerStatuses?.[0].state.terminated
  }, { what: 'the pod without a token has ended' }))
  const json = await logOf(pod, name, false)
  return { from: 'the pod without a token', code: pod.status.containerStatuses[0].state.terminated.exitCode, out: json, err: '', json }
}

// One namespace for all: first the cart is well, then its endpoint is changed so that it crashes.
async function all(context) {
  const namespace = namespaceFor('vantage')
  const remove = () => (process.env.KEEP ? null : deleteNamespace(namespace))
  context.cleanup.add(remove)
  try {
    const app = new Documented()
    app.cart.spec.strategy = { type: 'Recreate' }
    await createNamespace(namespace)
    await giveRights(namespace)
    await apply(namespace, app.objects())
    await until(namespace, serving)
    const [direct, blind] = await Promise.all([fromDebugPod(context, namespace), withoutToken(namespace)])
    const problems = [...await problemsOf(direct, DIRECT, app.canary), ...await problemsOf(blind, FROM_ELSEWHERE, app.canary)]
    app.set(ENDPOINT, 'http://127.0.0.1:1')
    await apply(namespace, [app.cart])
    await until(namespace, cartCrashed(/refused/))
    // With a target it would share the cart's processes, and end with them.
    const beside = await asDebugContainer(namespace, [], ['--target='])
    return [...problems, ...await problemsOf(beside, FROM_ITS_POD, app.canary)]
  } finally {
    await remove()
    context.cleanup.delete(remove)
  }
}

export const vantageTests = [{ name: 'incluster/vantage', needs: 'images', run: all }]
