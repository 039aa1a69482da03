// The plain-shell examples of deploy/ci, as a pipeline runs them: what works stays, what does not work is undone, what
// cannot be told is left alone.
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createNamespace, deleteNamespace, execute, get, kubectl, namespaceFor, until } from './cluster.mjs'
import { scaledToZero, serving } from './conditions.mjs'
import { giveRights, manifest } from './inside.mjs'
import { Documented, PROVIDER } from './manifest.mjs'
import { outputFolder, program } from './postflight.mjs'

const examples = fileURLToPath(new URL('../../deploy/ci', import.meta.url))

async function smoke(context) {
  const namespace = namespaceFor('smoke')
  const folder = await outputFolder('ci-smoke')
  const env = { ...process.env, CI: 'true', PATH: `${path.dirname(program)}:${process.env.PATH}` }
  const problems = []
  const remove = () => (process.env.KEEP ? null : deleteNamespace(namespace))
  context.cleanup.add(remove)

  // One run of an example; what it printed is kept in FOLDER.
  const step = async (name, script, args, status, says) => {
    const result = await execute(path.join(examples, script), [namespace, ...args], { env, cwd: folder })
    await writeFile(path.join(folder, `${name}.out`), result.out + result.err)
    if (result.code !== status) problems.push(`${name}: exit ${result.code}, expected ${status}`)
    if (!(result.out + result.err).includes(says)) problems.push(`${name}: no word of "${says}"`)
  }
  const written = async (file, app) => {
    const items = app.objects().map((o) => ({ ...o, metadata: { namespace, ...o.metadata } }))
    await writeFile(path.join(folder, file), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  }
  const exitInReport = async () => JSON.parse(await readFile(path.join(folder, 'postflight.json'), 'utf8').catch(() => '{}')).exitCode
  const reported = async (name, status) => {
    if ((await exitInReport()) !== status) problems.push(`${name}: postflight.json does not end with ${status}`)
    await rm(path.join(folder, 'postflight.json'), { force: true })
  }
  const deployment = () => get(`/apis/apps/v1/namespaces/${namespace}/deployments/cart-deployment`)
  const provider = (d) => d.spec.template.spec.containers[0].env.find((v) => v.name === PROVIDER).value

  try {
    await createNamespace(namespace)
    await giveRights(namespace)
    const app = new Documented()
    await written('good.json', app)
    await step('good', 'smoke.sh', ['good.json'], 0, 'Table auto-create enabled')
    await reported('good', 0)
    await step('strict', 'smoke.sh', ['good.json', '--strict', '--skip', 'persistence'], 0, 'Table auto-create enabled')
    await reported('strict', 0)

    await writeFile(path.join(folder, 'job.json'), JSON.stringify((await manifest('job', namespace))[0]))
    await step('job', 'smoke-job.sh', ['job.json'], 0, 'Table auto-create enabled')

    await written('bad.json', app.set(PROVIDER, 'dynamo'))
    await step('bad', 'smoke.sh', ['bad.json'], 1, 'provider-unknown')
    await reported('bad', 1)
    if (provider(await deployment()) !== 'dynamodb') problems.push('bad: the revision that does not work was not undone')
    await kubectl(['apply', '-f', path.join(folder, 'good.json')])
    await until(namespace, serving)

    const before = (await deployment()).metadata.generation
    await step('blind', 'smoke.sh', ['good.json', '--as', 'nobody', '--wait', '0s'], 2, 'stays as it is')
    await reported('blind', 2)
    if ((await deployment()).metadata.generation !== before) problems.push('blind: the deployment was changed')

    await kubectl(['-n', namespace, 'scale', 'deploy/dynamodb', '--replicas=0'])
    await until(namespace, scaledToZero('dynamodb'))
    await step('job-fails', 'smoke-job.sh', ['job.json'], 1, 'db-scaled-to-zero')
    return problems.length ? [...problems, `see ${folder}`] : []
  } finally {
    await remove()
    context.cleanup.delete(remove)
  }
}

export const ciTests = [{ name: 'ci/smoke', needs: 'images', run: smoke }]
