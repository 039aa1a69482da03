// What one sees must not depend on what one may do: the same state judged by an account that may read everything and
// may neither look from a container (pods/exec) nor speak to a process (pods/portforward). It says at most less.
import { connection, login } from './account.mjs'
import { apply, createNamespace, deleteNamespace, kubectl, namespaceFor } from './cluster.mjs'
import { noCanary, reportOf } from './expect.mjs'
import { lessOf } from './less.mjs'
import { judge } from './postflight.mjs'
import { removeScratch, scratchFolder } from '../scratch.mjs'

const READABLE = {
  '': ['namespaces', 'pods', 'pods/log', 'services', 'configmaps', 'secrets', 'events'],
  apps: ['deployments', 'replicasets'],
  'discovery.k8s.io': ['endpointslices'],
  'networking.k8s.io': ['ingresses', 'networkpolicies'],
  autoscaling: ['horizontalpodautoscalers'],
}

const NAME = namespaceFor('reader')

const rbac = (kind, more) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name: NAME }, ...more })
const objects = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader' } },
  rbac('ClusterRole', {
    rules: Object.entries(READABLE).map(([group, resources]) => ({ apiGroups: [group], resources, verbs: ['get', 'list', 'watch'] })),
  }),
  rbac('ClusterRoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: NAME }],
  }),
]

let reader

// The account of the whole run, made by the first who asks: the flags that log in as it.
function asReader(context) {
  reader ??= (async () => {
    const folder = scratchFolder('e2e')
    context.cleanup.add(async () => {
      removeScratch(folder)
      await kubectl(['delete', 'clusterrole,clusterrolebinding', NAME, '--ignore-not-found'])
      await deleteNamespace(NAME)
    })
    await createNamespace(NAME)
    await apply(NAME, objects)
    return { folder, flags: [...await connection(folder), ...await login(NAME, 'reader', folder)] }
  })()
  return reader
}

// Not where the run itself changes something, or something changes while it looks.
export const suits = (scenario) => scenario.rights !== false && !scenario.during && !scenario.args?.some((a) => a.startsWith('--restart'))

// A promise of what is wrong with the report of the account without these rights.
export async function judgeAsReader(context, folder, args, expected, canary) {
  const { folder: home, flags } = await asReader(context)
  const env = { PATH: process.env.PATH, HOME: home }
  const run = await judge(folder, 'reader-', [...args, ...flags], { env, record: true })
  const problems = []
  await noCanary(run, canary, problems)
  const report = reportOf(run.json, run.code, problems)
  if (report) lessOf(report, run.code, expected, problems)
  else problems.push(`exit ${run.code}, ${run.command}`, run.err.slice(0, 500))
  return problems.map((problem) => `without exec and port-forward: ${problem}`)
}
