// What one sees must not depend on where postflight runs. The faults below are looked at from outside, from a debug pod
// in another namespace and from a Job at the same time; see also `restricted`.
import { createNamespace, deleteNamespace, apply, namespaceFor, until } from './cluster.mjs'
import { serving } from './conditions.mjs'
import { compare, noCanary, reportOf } from './expect.mjs'
import { asDebugContainer, asJob, fromDebugPod, giveRights, RESTRICTED } from './inside.mjs'
import { Documented } from './manifest.mjs'

// Rows of scenarios/, quick ones and one of each kind.
export const ALSO_FROM_INSIDE = [
  'endpoint-port', 'endpoint-host', 'endpoint-localhost', 'credentials-missing', 'provider-typo', 'table-missing',
  'reference-secret-absent', 'port-against-probe', 'db-scaled-to-zero', 'db-missing', 'db-service-selector',
  'db-service-target-port-number',
]

export async function prepareInside(namespace) {
  await giveRights(namespace)
}

// Runs in both places; a promise of what is wrong with them.
export async function judgeFromInside(context, namespace, args, expected, canary) {
  const runs = await Promise.all([fromDebugPod(context, namespace, args), asJob(namespace, args)])
  return (await Promise.all(runs.map((run) => problemsOf(run, expected, canary)))).flat()
}

async function problemsOf(run, expected, canary) {
  const problems = []
  await noCanary(run, canary, problems)
  const report = reportOf(run.json, run.code, problems)
  if (report) compare(report, run.code, expected, problems)
  else problems.push(run.err.slice(0, 500))
  if (run.end && (run.end === 'Complete') !== (run.code === 0)) problems.push(`the Job is ${run.end} after exit ${run.code}`)
  return problems.map((problem) => `${run.from}: ${problem}`)
}

const HEALTHY = { rootCauses: [], failed: [], exit: 0, verdicts: { persistence: 'skip', 'cart-logs': 'pass' } }

const RESTARTED = { rootCauses: ['table-recreated-at-start'], failed: ['persistence'] }

// The application, too, as Pod Security wants it.
function restrict(deployment) {
  const { spec } = deployment.spec.template
  spec.securityContext = { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } }
  for (const c of spec.containers) c.securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
}

const MOUNT = '/proc/1/root/run/secrets/kubernetes.io/serviceaccount'

// Every pod of both namespaces is held to "restricted": the application's, the debug pod, the Job, the debug container.
async function restricted(context) {
  const namespace = namespaceFor('restricted')
  const remove = () => (process.env.KEEP ? null : deleteNamespace(namespace))
  context.cleanup.add(remove)
  try {
    const app = new Documented()
    restrict(app.db)
    restrict(app.cart)
    await createNamespace(namespace, RESTRICTED)
    await giveRights(namespace)
    await apply(namespace, app.objects())
    await until(namespace, serving)
    const login = ['-n', namespace, '--server', 'https://kubernetes.default.svc', '--token-file', `${MOUNT}/token`, '--certificate-authority', `${MOUNT}/ca.crt`]
    const [problems, beside] = await Promise.all([
      judgeFromInside(context, namespace, [], HEALTHY, app.canary),
      asDebugContainer(namespace, login, ['--profile=restricted']),
    ])
    const restart = await fromDebugPod(context, namespace, ['--restart'])
    return [...problems, ...await problemsOf(beside, HEALTHY, app.canary), ...await problemsOf(restart, RESTARTED, app.canary)]
  } finally {
    await remove()
    context.cleanup.delete(remove)
  }
}

export const inclusterTests = [{ name: 'incluster/restricted', needs: 'images', run: restricted }]
