// The images that the lab's node has, and the words of a node that has not the one it is asked for. An image is a
// folder of the machine, a user's name, variables and what it starts: no layers, no registry.
import { createHash } from 'node:crypto'

const VARIABLES = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }

// `tags` are those that exist. `folder` is what tests/lab/programs calls the image's files, `at` where the image has them.
const table = [
  {
    names: ['docker.io/amazon/dynamodb-local', 'public.ecr.aws/aws-dynamodb-local/aws-dynamodb-local'], tags: /^(1\.\d+\.\d+|[23]\.\d+\.\d+|latest)$/,
    user: 'dynamodblocal', folder: 'dynamodb', at: '/home/dynamodblocal', env: VARIABLES, entrypoint: ['java'], command: ['-jar', 'DynamoDBLocal.jar', '-inMemory'],
  },
  {
    names: ['docker.io/library/retail-store-sample-cart', 'public.ecr.aws/aws-containers/retail-store-sample-cart'], tags: /^(1\.[0-6]\.\d+|latest)$/,
    user: 'appuser', folder: 'cart', at: '/app', env: { ...VARIABLES, SPRING_PROFILES_ACTIVE: 'prod', AWS_EC2_METADATA_DISABLED: 'true' },
    entrypoint: ['sh', '-c', 'exec java $JAVA_OPTS -jar app.jar'], command: [],
  },
  {
    // Names are answered while it runs (network.mjs); who asks does not speak to it.
    names: ['registry.k8s.io/coredns/coredns'], tags: /^v1\.\d+\.\d+$/, user: '0', folder: '.', at: '/', env: VARIABLES,
    entrypoint: ['sh', '-c', 'trap exit TERM; sleep infinity & wait'], command: [],
  },
]
const NOWHERE = /^0\.0\.0$/

// NAME as a registry knows it: docker.io and library/ where it names neither, latest where it has no tag.
export function wholeName(name) {
  const [, repository, tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(name.replace(/@.*$/, ''))
  const parts = repository.split('/')
  if (parts.length === 1) parts.unshift('docker.io', 'library')
  else if (!/[.:]|^localhost$/.test(parts[0])) parts.unshift('docker.io')
  return `${parts.join('/')}:${tag}`
}

// {image, imageID, user, folder, env, entrypoint, command} or undefined when no registry has it.
export function findImage(name) {
  const whole = wholeName(name)
  const at = whole.lastIndexOf(':')
  const [repository, tag] = [whole.slice(0, at), whole.slice(at + 1)]
  const found = table.find((i) => i.names.includes(repository) && i.tags.test(tag) && !NOWHERE.test(tag))
  if (!found) return undefined
  return { ...found, image: whole, imageID: `sha256:${createHash('sha256').update(whole).digest('hex')}` }
}

export function pullFailure(name) {
  const whole = wholeName(name)
  return `rpc error: code = NotFound desc = failed to pull and unpack image "${whole}": failed to resolve reference "${whole}": ${whole}: not found`
}
