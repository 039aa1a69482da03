// The reference manifests, as a person applies them, in namespaces that enforce the restricted Pod Security Standard.
import { has } from './capabilities.mjs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { apply, createNamespace, deleteNamespace, execute, get, kubectl, namespaceFor, until } from './cluster.mjs'
import { all, available, serving } from './conditions.mjs'
import { compare, reportOf } from './expect.mjs'
import { CART_IMAGE, CREATE, DB_IMAGE } from './manifest.mjs'
import { judge, outputFolder, program } from './postflight.mjs'
import { HEALTHY } from './scenario.mjs'
import { removeScratch, scratchFolder } from '../scratch.mjs'

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' }
const VARIANTS = ['debug-pod', 'documented', 'durable', 'job', 'rbac']
const EVERYTHING = { rootCauses: [], failed: [], exit: 0, verdicts: { persistence: 'pass', 'create-table': 'pass', 'cart-logs': 'pass' } }
const LOST = { rootCauses: ['table-recreated-at-start'], failed: ['persistence'], exit: 1 }

// What `postflight manifests` prints with the images of the lab.
async function yaml(variant, ...args) {
  const images = /^d(oc|ur)/.test(variant) ? ['--set', `cart_image=${CART_IMAGE}`, '--set', `db_image=${DB_IMAGE}`] : []
  const { code, out, err } = await execute(program, ['manifests', variant, ...images, ...args])
  if (code !== 0) throw new Error(`manifests ${variant} ends with ${code}: ${err}`)
  return out
}

const applyYaml = (namespace, text, ...args) => kubectl(['apply', '-n', namespace, '-f', '-', ...args], { input: text })

// A test in a namespace of its own, and what WORK finds wrong.
const inNamespace = (name, work) => ({
  name: `manifests/${name}`,
  run: async (context) => {
    const namespace = namespaceFor(`manifests-${name}`)
    const folder = await outputFolder(`manifests-${name}`)
    const later = []
    const undo = async () => {
      if (!process.env.KEEP) await deleteNamespace(namespace)
      for (const step of later.reverse()) await step()
    }
    context.cleanup.add(undo)
    const problems = []
    try {
      await createNamespace(namespace, RESTRICTED)
      await work({ namespace, folder, problems, later })
      if (problems.length) problems.push(`see ${folder}`)
      return problems
    } finally {
      await undo()
      context.cleanup.delete(undo)
    }
  },
})

// Runs postflight and holds the report against EXPECTED.
async function judged({ namespace, folder, problems }, prefix, args, expected, options) {
  const run = await judge(folder, `${prefix}-`, ['-n', namespace, ...args], options)
  const before = problems.length
  const report = reportOf(run.json, run.code, problems)
  if (report) compare(report, run.code, expected, problems)
  for (let i = before; i < problems.length; i += 1) problems[i] = `${prefix}: ${problems[i]}`
  return report
}

// The flags of the ServiceAccount "postflight" with its token, and no kubeconfig.
async function asServiceAccount(namespace, later) {
  const folder = scratchFolder('e2e')
  later.push(() => removeScratch(folder))
  const [config, token] = await Promise.all([
    kubectl(['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json']), kubectl(['create', 'token', 'postflight', '-n', namespace]),
  ])
  const { cluster } = JSON.parse(config).clusters[0]
  await writeFile(path.join(folder, 'ca.crt'), Buffer.from(cluster['certificate-authority-data'], 'base64'))
  await writeFile(path.join(folder, 'token'), token, { mode: 0o600 })
  const args = ['--server', cluster.server, '--certificate-authority', path.join(folder, 'ca.crt'), '--token-file', path.join(folder, 'token')]
  return { args, env: { PATH: process.env.PATH, HOME: folder } }
}

// The job's condition and how many pods it took to get there.
async function jobEnd(namespace) {
  const ended = async () => {
    const job = await get(`/apis/batch/v1/namespaces/${namespace}/jobs/postflight`)
    return job?.status.conditions?.find((c) => c.status === 'True' && ['Complete', 'Failed'].includes(c.type))
  }
  await until(namespace, Object.assign(async () => Boolean(await ended()), { what: 'job/postflight ended' }), 90)
  const pods = (await get(`/api/v1/namespaces/${namespace}/pods`)).items.filter((p) => p.metadata.labels?.app === 'postflight')
  const log = await kubectl(['logs', '-n', namespace, 'job/postflight'])
  return { type: (await ended()).type, pods: pods.length, log }
}

async function inTheCluster({ namespace, folder, problems }) {
  for (const [what, set, type, says] of [['job', [], 'Complete', '✔ DynamoDB Deployment'], ['failing job', ['--set', 'db=nothing'], 'Failed', '✖ DynamoDB Deployment']]) {
    await kubectl(['replace', '--force', '-n', namespace, '-f', '-'], { input: await yaml('job', ...set) })
    const end = await jobEnd(namespace)
    await writeFile(path.join(folder, `${what}.log`), end.log)
    if (end.type !== type) problems.push(`${what}: it ends with ${end.type}`)
    if (!end.log.includes(says)) problems.push(`${what}: the log does not say "${says}"`)
    if (end.pods !== 1) problems.push(`${what}: it took ${end.pods} pods`)
  }
  await applyYaml(namespace, await yaml('debug-pod'))
  await kubectl(['wait', '-n', namespace, '--for=condition=Ready', '--timeout=60s', 'pod/postflight-debug'])
  const run = await execute('kubectl', ['exec', '-n', namespace, 'postflight-debug', '--', 'postflight', 'run'])
  if (run.code !== 0 || !run.out.includes('✔ DynamoDB Service')) problems.push(`debug-pod: exit ${run.code}: ${run.out} ${run.err}`)
}

const documented = inNamespace('documented', async (test) => {
  const { namespace, problems, later } = test
  await applyYaml(namespace, await yaml('rbac'))
  await applyYaml(namespace, await yaml('documented'))
  for (const variant of VARIANTS) await applyYaml(namespace, await yaml(variant), '--dry-run=server')
  await until(namespace, serving)
  const account = await asServiceAccount(namespace, later)
  const report = await judged(test, 'account', account.args, HEALTHY, { env: account.env })
  const others = report?.checks.filter((c) => c.verdict !== 'pass' && c.id !== 'persistence').map((c) => `${c.id} ${c.verdict}: ${c.message}`) ?? []
  problems.push(...others)
  if (has('images')) await inTheCluster(test)
  await judged(test, 'restart', [...account.args, '--restart'], LOST, { env: account.env })
})

const otherNames = inNamespace('other-names', async (test) => {
  const { namespace } = test
  const set = ['cart=carts', 'db=carts-dynamodb', 'container=carts', 'table=Carts', 'port=8001'].flatMap((s) => ['--set', s])
  // With -n in each object, and no namespace of kubectl's.
  await disk(test, 'carts-dynamodb-data')
  await kubectl(['apply', '-f', '-'], { input: await yaml('durable', '-n', namespace, ...set) })
  await until(namespace, all(available('carts'), available('carts-dynamodb')))
  await judged(test, 'run', [...set, '--set', 'create_table=false'], { ...HEALTHY, verdicts: { ...HEALTHY.verdicts, 'create-table': 'pass', 'cart-env': 'pass' } })
})

// A cluster without a default StorageClass gets a PersistentVolume for CLAIM: a folder of the node that a pod, in a
// namespace that may have it, makes and removes.
async function disk({ namespace, later }, claim) {
  const classes = (await get('/apis/storage.k8s.io/v1/storageclasses')).items
  if (classes.some((c) => c.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true')) return
  const space = `${namespace}-disk`
  const folder = `/node/${namespace}`
  later.push(() => kubectl(['delete', 'persistentvolume', namespace, '--ignore-not-found', '--wait=false']), () => deleteNamespace(space))
  await createNamespace(space)
  await apply(space, [{
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'disk' },
    spec: {
      containers: [{
        name: 'disk', image: DB_IMAGE, imagePullPolicy: 'IfNotPresent', securityContext: { runAsUser: 0 },
        command: ['sh', '-c', `trap 'rm -rf ${folder}; exit' TERM; mkdir -p ${folder} && chmod 777 ${folder} && touch /tmp/ready; sleep infinity & wait`],
        readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 },
        volumeMounts: [{ name: 'node', mountPath: '/node' }],
      }],
      volumes: [{ name: 'node', hostPath: { path: '/var/tmp' } }],
    },
  }])
  await kubectl(['wait', '-n', space, '--for=condition=Ready', '--timeout=60s', 'pod/disk'])
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify({
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: namespace },
    spec: {
      capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { namespace, name: claim }, hostPath: { path: `/var/tmp/${namespace}` },
    },
  }) })
}

const cartOf = (namespace, customer) => `/api/v1/namespaces/${namespace}/services/cart:80/proxy/carts/${customer}`

const durable = inNamespace('durable', async (test) => {
  const { namespace, problems } = test
  const wanted = ['--set', 'create_table=false', '--restart']
  await disk(test, 'dynamodb-data')
  await applyYaml(namespace, await yaml('durable'))
  await until(namespace, serving)
  await kubectl(['create', '--raw', `${cartOf(namespace, 'alice')}/items`, '-f', '-'], { input: '{"itemId":"hers","quantity":1,"unitPrice":1}' })
  await judged(test, 'restart', wanted, EVERYTHING)
  const [pod] = (await get(`/api/v1/namespaces/${namespace}/pods`)).items.filter((p) => p.metadata.labels?.app === 'dynamodb')
  await kubectl(['delete', 'pod', '-n', namespace, pod.metadata.name])
  await until(namespace, serving)
  const cart = await get(cartOf(namespace, 'alice'))
  if (cart?.items?.[0]?.itemId !== 'hers') problems.push(`after the restart of DynamoDB the cart is ${JSON.stringify(cart)}`)
  await judged(test, 'again', wanted, EVERYTHING)
})

/* ---- Each right in turn ---- */

// Which run shows that a right is missing: by its report, or, where waiting only gets coarser, by a watch refused.
const HEALTHY_RUN = { args: [] }
const MISSPELT = { args: ['--set', 'cart=cart-deploymnt'] }
const UNREACHED = { args: ['--set', 'cart=unreached', '--wait', '1s'] }
const STUCK = { args: ['--set', 'cart=stuck', '--wait', '1s'] }
const ROLLOUT = { args: ['--restart', '--only', 'persistence'], disruptive: true }
const PODS = { args: ['--restart=pod', '--only', 'persistence'], disruptive: true }
const SHOWN = {
  'apps/deployments get': HEALTHY_RUN, 'apps/deployments list': MISSPELT, 'apps/deployments watch': { ...UNREACHED, watches: true },
  'apps/deployments patch': ROLLOUT, 'apps/replicasets list': STUCK,
  '/pods list': HEALTHY_RUN, '/pods watch': ROLLOUT, '/pods delete': PODS,
  '/services list': HEALTHY_RUN, '/events list': STUCK, '/configmaps get': HEALTHY_RUN, '/secrets get': HEALTHY_RUN,
  '/pods/log get': HEALTHY_RUN, '/pods/exec get': HEALTHY_RUN, '/pods/exec create': HEALTHY_RUN,
  '/pods/portforward get': HEALTHY_RUN, '/pods/portforward create': HEALTHY_RUN,
  'discovery.k8s.io/endpointslices list': HEALTHY_RUN, 'networking.k8s.io/ingresses list': HEALTHY_RUN,
  'networking.k8s.io/networkpolicies list': UNREACHED, 'autoscaling/horizontalpodautoscalers list': ROLLOUT,
}

const flatten = (roles) => roles.flatMap((role) => role.rules).flatMap((rule) =>
  rule.apiGroups.flatMap((group) => rule.resources.flatMap((resource) => rule.verbs.map((verb) => ({ group, resource, verb, id: `${group}/${resource} ${verb}` })))))

// A user, for impersonation, with all rights but one.
const userObjects = (user, rights) => [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: user },
    rules: rights.map(({ group, resource, verb }) => ({ apiGroups: [group], resources: [resource], verbs: [verb] })),
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: user },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  },
]

// Carts that do not serve: one that reaches nothing and is never available, one whose newest revision lacks a volume.
function faultyCarts() {
  const cart = (name, endpoint, spec = {}) => ({
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } }, ...spec,
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [{
            name: 'cart', image: DB_IMAGE, imagePullPolicy: 'IfNotPresent', command: ['sleep', 'infinity'],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            env: [{ name: 'RETAIL_CART_PERSISTENCE_PROVIDER', value: 'dynamodb' }, { name: 'RETAIL_CART_PERSISTENCE_DYNAMODB_ENDPOINT', value: endpoint }],
          }],
        },
      },
    },
  })
  return [
    cart('unreached', 'http://dynamodb:9000', { minReadySeconds: 3600, progressDeadlineSeconds: 7200 }), cart('stuck', 'http://dynamodb:8000'),
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'open' }, spec: { podSelector: { matchLabels: { app: 'dynamodb' } }, ingress: [{}] } },
    {
      apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'cart' },
      spec: { minReplicas: 1, maxReplicas: 1, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart-deployment' } },
    },
  ]
}

const running = (app) => Object.assign(({ pods }) => pods.some((p) => p.metadata.labels?.app === app && p.status.phase === 'Running'), { what: `${app} runs` })

// By a pod whose age can be told from that of one made now: ages are whole seconds.
const waitsForVolume = Object.assign(async ({ namespace, pods }) =>
  (await get(`/api/v1/namespaces/${namespace}/events`)).items.some((e) => e.reason === 'FailedMount'
    && pods.some((p) => p.metadata.uid === e.involvedObject.uid && Date.parse(p.metadata.creationTimestamp) + 1000 < Date.now())), { what: 'a volume is missed' })

async function rightsUp(namespace) {
  const table = `{name: ${CREATE.replace('CREATE_TABLE', 'TABLE_NAME')}, value: "Items"}`
  const text = await yaml('documented')
  if (!text.includes(table)) throw new Error('the manifest names its table in another way')
  const from = text.replace(table, table.replace(', value: "Items"', ', valueFrom: {configMapKeyRef: {name: cart, key: table}}'))
  await apply(namespace, [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cart' }, data: { table: 'Items' } }, ...faultyCarts()])
  await applyYaml(namespace, from)
  await applyYaml(namespace, await yaml('rbac'))
  await until(namespace, all(running('stuck'), running('unreached')))
  const volume = { volumes: [{ name: 'v', configMap: { name: 'absent' } }], containers: [{ name: 'cart', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }
  await kubectl(['patch', '-n', namespace, 'deployment/stuck', '-p', JSON.stringify({ spec: { template: { spec: volume } } })])
  await until(namespace, waitsForVolume)
  // Its older revision gets the younger pod: by age alone the wrong one would be taken for the newest.
  const pods = (await get(`/api/v1/namespaces/${namespace}/pods`)).items
  await kubectl(['delete', 'pod', '-n', namespace, pods.find((p) => p.metadata.labels?.app === 'stuck' && p.status.phase === 'Running').metadata.name])
  await until(namespace, all(serving, running('stuck')))
}

// What a report says, without what differs from run to run.
function gist(report) {
  const facts = (check) => Object.entries(check.facts ?? {}).filter(([name]) => !/missing_rights|\.ms$|bytes|records|span|time|seconds|uid|pod_name|server/.test(name))
  return JSON.stringify({
    checks: report.checks.map((c) => [c.id, c.verdict, c.id === 'cluster.access' ? null : facts(c), c.verdict === 'error' ? c.message : null]),
    notes: report.checks.find((c) => c.id === 'persistence').evidence?.map((e) => e.source.split('/')[0]).filter((s) => s === 'horizontalpodautoscaler'),
    causes: report.diagnosis.rootCauses.map((c) => c.id),
  })
}

async function lookAs({ namespace, folder }, user, situation) {
  const name = `${user}-${situation.args.join('').replace(/\W+/g, '-')}`
  const run = await judge(folder, `${name}-`, ['-n', namespace, '--as', user, '-v', ...situation.args])
  const problems = []
  const report = reportOf(run.json, run.code, problems)
  if (!report) throw new Error(`${name}: ${problems}; ${run.err}`)
  return { report: gist(report), refused: /WATCH .* forbidden/.test(run.out) }
}

const rights = inNamespace('rights', async (test) => {
  const { namespace, problems } = test
  await rightsUp(namespace)
  const roles = (await get(`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`)).items
  const all = flatten(roles)
  const version = JSON.parse(await kubectl(['get', '--raw', '/version']))
  const asksCreate = Number.parseInt(version.minor, 10) >= 35
  const removed = all.filter((r) => asksCreate || !(r.verb === 'create' && /^pods\//.test(r.resource)))
  const without = removed.map((right, i) => ({ ...right, user: `without-${i}`, situation: SHOWN[right.id] }))
  problems.push(...without.filter((r) => !r.situation).map((r) => `no run is known that needs ${r.id}`))
  if (problems.length) return
  await apply(namespace, [...userObjects('with-all', all), ...without.flatMap((r) => userObjects(r.user, all.filter((o) => o.id !== r.id)))])
  const known = new Map()
  const withAll = async (situation) => {
    const key = situation.args.join(' ')
    if (!known.has(key)) known.set(key, await lookAs(test, 'with-all', situation))
    return known.get(key)
  }
  const one = async (r) => {
    const [base, now] = [await withAll(r.situation), await lookAs(test, r.user, r.situation)]
    const breaks = r.situation.watches ? now.refused && !base.refused : now.report !== base.report
    if (!breaks) problems.push(`nothing breaks without ${r.id} (${r.user})`)
  }
  const reading = without.filter((r) => !r.situation.disruptive)
  const again = await lookAs(test, 'with-all', HEALTHY_RUN)
  if (again.report !== (await withAll(HEALTHY_RUN)).report) problems.push('two runs with all rights differ: what differs is no sign of a missing right')
  await Promise.all([0, 1, 2].map(async () => {
    for (let r = reading.shift(); r; r = reading.shift()) await one(r)
  }))
  for (const r of without.filter((o) => o.situation.disruptive)) {
    await until(namespace, serving)
    await one(r)
  }
})

export const manifestTests = [documented, otherNames, durable, rights]
