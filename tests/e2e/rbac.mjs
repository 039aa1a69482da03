// Missing permissions, one at a time and all at once, as a ServiceAccount sees them: what may not be looked at is
// an error of the checks that look at it, and never a fault of the deployment.
import { connection, login } from './account.mjs'
import { apply, createNamespace, deleteNamespace, namespaceFor, until } from './cluster.mjs'
import { cartCrashed, serving } from './conditions.mjs'
import { noCanary, reportOf } from './expect.mjs'
import { Documented, ENDPOINT } from './manifest.mjs'
import { judge, outputFolder } from './postflight.mjs'
import { removeScratch, scratchFolder } from '../scratch.mjs'

const READ = ['get', 'list', 'watch']
const CALL = ['get', 'create']
const ANY = null

// For each right: its API group and verbs, which checks must be `error` on a healthy deployment without it, and
// which others may be (ANY: no limit, for what nearly everything is read from).
const RIGHTS = {
  deployments: { group: 'apps', verbs: READ, must: ['db.deployment', 'cart.deployment'], may: ANY },
  replicasets: { group: 'apps', verbs: READ, must: [], may: ['db.deployment', 'cart.deployment'] },
  pods: { group: '', verbs: READ, must: ['cart.deployment'], may: ANY },
  'pods/log': { group: '', verbs: READ, must: ['cart.logs'], may: [] },
  'pods/exec': { group: '', verbs: CALL, must: [], may: ['dns', 'tcp', 'cart.app'] },
  'pods/portforward': { group: '', verbs: CALL, must: [], may: ['db.answers', 'db.table', 'cart.app', 'cart.create-table'] },
  services: { group: '', verbs: READ, must: ['db.service'], may: ['cart.endpoint', 'cart.service', 'cart.env', 'dns', 'tcp', 'db.answers', 'db.table'] },
  endpointslices: { group: 'discovery.k8s.io', verbs: READ, must: ['db.service'], may: ['cart.service', 'cart.endpoint', 'tcp', 'db.answers', 'db.table'] },
  configmaps: { group: '', verbs: READ, must: [], may: ['cart.env', 'cart.endpoint', 'cart.create-table', 'dns', 'tcp', 'db.table'] },
  secrets: { group: '', verbs: READ, must: [], may: ['db.table'] },
  events: { group: '', verbs: READ, must: [], may: [] },
  ingresses: { group: 'networking.k8s.io', verbs: READ, must: [], may: ['db.service'] },
  networkpolicies: { group: 'networking.k8s.io', verbs: READ, must: [], may: ['tcp'] },
}

const FAULT = { causes: ['endpoint-port'], items: ['endpoint', 'cart-logs'] }
const account = (missing) => (missing === null ? 'everything' : missing === '*' ? 'nothing' : `no-${missing.replace('/', '-')}`)

function accountObjects(missing) {
  const name = account(missing)
  const rules = Object.entries(RIGHTS)
    .filter(([resource]) => missing !== '*' && resource !== missing)
    .map(([resource, right]) => ({ apiGroups: [right.group], resources: [resource], verbs: right.verbs }))
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name }, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name }],
    },
  ]
}

const variants = [null, '*', ...Object.keys(RIGHTS)]

// A namespace that every test of its kind looks at, made by the first and deleted at the end of the whole run.
function shared(namespace, mutate, condition) {
  let made
  return (context) => {
    made ??= (async () => {
      const app = new Documented()
      mutate(app)
      const folder = scratchFolder('e2e')
      context.cleanup.add(async () => {
        removeScratch(folder)
        if (!process.env.KEEP) await deleteNamespace(namespace)
      })
      await createNamespace(namespace)
      await apply(namespace, [...variants.flatMap(accountObjects), ...app.objects()])
      await until(namespace, condition)
      return { namespace, app, folder, connection: await connection(folder) }
    })()
    return made
  }
}

function references(app) {
  app.configMap.data = { ...app.configMap.data, ...app.takeOut(ENDPOINT) }
  app.set(ENDPOINT, { configMapKeyRef: { name: 'cart', key: ENDPOINT } })
  app.set('AWS_SECRET_ACCESS_KEY', { secretKeyRef: { name: 'aws', key: 'secret' } })
}

const kinds = {
  healthy: shared(namespaceFor('rbac'), references, serving),
  fault: shared(namespaceFor('rbac-fault'), (app) => {
    app.set(ENDPOINT, 'http://dynamodb:9000')
    references(app)
  }, cartCrashed(/Connect timed out|HTTP status code/)),
}

async function run(kind, missing, context) {
  const { namespace, app, folder, connection: flags } = await kinds[kind](context)
  const name = account(missing)
  const as = await login(namespace, name, folder, `${kind}-${name}`)
  const output = await outputFolder(`rbac-${kind}-${name}`)
  const env = { PATH: process.env.PATH, HOME: folder }
  const result = await judge(output, '', ['-n', namespace, ...flags, ...as], { env, record: true })
  const problems = []
  await noCanary(result, app.canary, problems)
  const report = reportOf(result.json, result.code, problems)
  if (!report) return [...problems, result.command, result.err.slice(0, 500)]
  if (kind === 'healthy') healthyWithout(missing, report, result.code, problems)
  else faultyWithout(missing, report, problems)
  return problems.length ? [...problems, `see ${output}`] : []
}

const ids = (entries, verdict) => entries.filter((e) => e.verdict === verdict).map((e) => e.id)

function healthyWithout(missing, report, exit, problems) {
  const causes = report.diagnosis.rootCauses.map((c) => c.id)
  if (causes.length) problems.push(`root causes ${causes}`)
  const failed = [...ids(report.checklist, 'fail'), ...ids(report.checks, 'fail')]
  if (failed.length) problems.push(`failed: ${failed}`)
  const errors = ids(report.checks, 'error')
  if (exit !== (errors.length ? 2 : 0)) problems.push(`exit ${exit} with errors in [${errors}]`)
  if (missing === null) {
    if (errors.length) problems.push(`errors although nothing is missing: ${errors}`)
    return
  }
  if (missing === '*') {
    const judged = report.checklist.filter((i) => i.verdict === 'pass' || i.verdict === 'warn').map((i) => i.id)
    if (judged.length) problems.push(`judged without any right: ${judged}`)
    return
  }
  const { must, may } = RIGHTS[missing]
  for (const id of must.filter((m) => !errors.includes(m))) problems.push(`${id} is not an error`)
  const others = errors.filter((e) => may !== ANY && !must.includes(e) && !may.includes(e))
  if (others.length) problems.push(`errors of checks that do not need it: ${others}`)
  const resource = missing.split('/')[0]
  if (errors.length && !JSON.stringify(report.checks.filter((c) => c.verdict === 'error')).includes(resource)) {
    problems.push(`no error names ${resource}`)
  }
}

function faultyWithout(missing, report, problems) {
  const causes = report.diagnosis.rootCauses.map((c) => c.id)
  const others = causes.filter((c) => !FAULT.causes.includes(c))
  if (others.length) problems.push(`another root cause: ${others}`)
  if (missing === null && causes.length === 0) problems.push('the root cause was not found although nothing is missing')
  const failed = ids(report.checklist, 'fail').filter((i) => !FAULT.items.includes(i))
  if (failed.length) problems.push(`failed on account of a missing right: ${failed}`)
}

export const rbacTests = Object.keys(kinds).flatMap((kind) =>
  variants.map((missing) => ({
    name: `rbac/${kind}-${account(missing)}`,
    run: (context) => run(kind, missing, context),
  })))
