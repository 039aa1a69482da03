// Carts whose pods are not made, not placed, not started or ended; carts that are not there.
import { kubectl } from '../cluster.mjs'
import {
  all, available, cartCrashed, crashed, dbAnswers, endedBy, evicted, noPodsFor, scaledToZero, silentFor, unschedulable, waitingFor,
} from '../conditions.mjs'
import { CART_IMAGE } from '../manifest.mjs'

const one = (id, failed, more) => ({ rootCauses: [id], failed, ...more })
const dbUp = all(available('dynamodb'), dbAnswers)

export const pods = [
  {
    name: 'image-unavailable',
    mutate: (app) => { app.container.image = 'retail-store-sample-cart:9.9.9' },
    waitFor: all(dbUp, waitingFor('cart', 'ErrImagePull', 'ImagePullBackOff')),
    expect: one('image-unavailable', [], { verdicts: { 'cart-logs': 'skip', 'db-deployment': 'pass' } }),
  },
  {
    name: 'quota',
    mutate: (app) => {
      app.others.push({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'one-pod' }, spec: { hard: { pods: '1' } } })
    },
    cartLast: dbUp,
    waitFor: noPodsFor('cart-deployment'),
    expect: one('quota-exceeded', [], { verdicts: { 'cart-logs': 'skip', 'db-deployment': 'pass' } }),
  },
  {
    name: 'unschedulable',
    mutate: (app) => { app.cart.spec.template.spec.nodeSelector = { disk: 'none-has-it' } },
    waitFor: all(dbUp, unschedulable('cart')),
    expect: one('unschedulable', [], { verdicts: { 'cart-logs': 'skip' } }),
  },
  {
    name: 'out-of-memory',
    mutate: (app) => { app.container.resources = { limits: { memory: '40Mi' } } },
    waitFor: all(dbUp, endedBy('cart', 'OOMKilled')),
    phases: true,
    expect: one('cart-oom', []),
    fixWorks: true,
  },
  {
    // The JVM ends with 143 on the kubelet's word; its log has no fault, and no object but an event says who ended it.
    name: 'liveness-kills',
    mutate: (app) => {
      app.container.livenessProbe = { httpGet: { path: '/not-there', port: 8080 }, initialDelaySeconds: 1, periodSeconds: 1, failureThreshold: 1 }
      app.cart.spec.template.spec.terminationGracePeriodSeconds = 1
    },
    cartLast: dbUp,
    waitFor: crashed('cart', 'cart', 2),
    args: ['--wait', '0s'],
    expect: one('liveness-kills', [], { verdicts: { 'db-deployment': 'pass' } }),
  },
  {
    name: 'no-writable-tmp',
    mutate: (app) => { app.container.securityContext = { readOnlyRootFilesystem: true } },
    waitFor: all(dbUp, cartCrashed(/Unable to create tempDir/)),
    expect: one('no-writable-tmp', ['cart-logs']),
    fixWorks: true,
  },
  {
    // Only the log tells, and it lies before what is read: nothing is concluded, and the crash is said.
    name: 'crash-before-since',
    mutate: (app) => { app.container.securityContext = { readOnlyRootFilesystem: true } },
    waitFor: all(dbUp, cartCrashed(/Unable to create tempDir/), waitingFor('cart', 'CrashLoopBackOff'), silentFor('cart', 3)),
    args: ['--since', '1s', '--wait', '0s'],
    expect: {
      rootCauses: [], failed: [], verdicts: { 'cart-logs': 'skip' }, exit: 1,
      checks: { 'cart.logs': /ended \d+ s ago, before the last 1 s \(--since\)/, 'cart.deployment': /crash|exit/i },
    },
  },
  {
    name: 'run-as-non-root-user-name',
    mutate: (app) => { app.container.securityContext = { runAsNonRoot: true } },
    waitFor: all(dbUp, waitingFor('cart', 'CreateContainerConfigError')),
    expect: one('run-as-non-root', [], { verdicts: { 'cart-logs': 'skip' } }),
  },
  {
    name: 'run-as-non-root-user-zero',
    mutate: (app) => { app.cart.spec.template.spec.securityContext = { runAsNonRoot: true, runAsUser: 0 } },
    waitFor: all(dbUp, waitingFor('cart', 'CreateContainerConfigError')),
    expect: one('run-as-non-root', [], { verdicts: { 'cart-logs': 'skip' } }),
  },
  {
    name: 'admission',
    mutate: (app) => { app.namespaceLabels = { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    waitFor: all(noPodsFor('dynamodb'), noPodsFor('cart-deployment')),
    expect: one('admission-denied', ['db-deployment'], { verdicts: { 'cart-logs': 'skip' } }),
  },
  {
    name: 'cart-missing',
    mutate: (app) => { app.cart.metadata.name = 'carts' },
    waitFor: all(dbUp, available('carts')),
    expect: one('cart-missing', [], { verdicts: { 'db-deployment': 'pass', 'db-service': 'pass' }, mentions: ['carts'] }),
  },
  {
    name: 'cart-scaled-to-zero',
    mutate: (app) => { app.cart.spec.replicas = 0 },
    waitFor: all(dbUp, scaledToZero('cart-deployment')),
    expect: one('cart-scaled-to-zero', [], { verdicts: { 'cart-logs': 'skip', 'db-deployment': 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'cart-paused-before-its-first-rollout',
    mutate: (app) => { app.cart.spec.paused = true },
    waitFor: dbUp,
    expect: one('cart-scaled-to-zero', [], { mentions: ['rollout resume'] }),
    fixWorks: true,
  },
  {
    // What is wrong with the pods is mended already, in a template that no pod is made from: nothing is to be corrected.
    name: 'paused-before-the-fix',
    mutate: (app) => { app.container.image = 'retail-store-sample-cart:9.9.9' },
    cartLast: dbUp,
    waitFor: waitingFor('cart', 'ErrImagePull', 'ImagePullBackOff'),
    then: {
      async act(namespace) {
        await kubectl(['-n', namespace, 'rollout', 'pause', 'deploy/cart-deployment'])
        await kubectl(['-n', namespace, 'set', 'image', 'deploy/cart-deployment', `cart=${CART_IMAGE}`])
      },
    },
    expect: one('rollout-paused', [], { verdicts: { 'cart-logs': 'skip' } }),
    fixWorks: true,
  },
  {
    // Available says True and the old pod answers; only the new revision's pod shows the fault.
    name: 'rollout-stuck',
    then: {
      act: (namespace) => kubectl(['-n', namespace, 'set', 'image', 'deploy/cart-deployment', 'cart=retail-store-sample-cart:9.9.9']),
      waitFor: waitingFor('cart', 'ErrImagePull', 'ImagePullBackOff'),
    },
    expect: one('image-unavailable', [], { verdicts: { persistence: 'skip' } }),
    fixWorks: true,
  },
  {
    // Nobody knows what ends the new pods: that they do not come up is then the cause, with their last words.
    name: 'rollout-stuck-unexplained',
    then: {
      act: (namespace) => kubectl(['-n', namespace, 'patch', 'deploy/cart-deployment', '-p', JSON.stringify({
        spec: { template: { spec: { containers: [{ name: 'cart', command: ['sh', '-c', 'echo "FATAL: the licence has expired" >&2; exit 3'] }] } } },
      })]),
      waitFor: crashed('cart', 'cart', 2),
    },
    expect: one('rollout-stuck', [], { verdicts: { 'cart-logs': 'warn' }, mentions: ['the licence has expired', 'ends with exit code 3'] }),
    fixWorks: true,
    afterFix: { waitFor: available('cart-deployment') },
  },
  {
    // Each pod fills its volume beyond the limit, and the next one is not ready before the kubelet looks again.
    name: 'evicted',
    needs: 'evictions',
    mutate: (app) => {
      app.cart.spec.template.spec.volumes = [{ name: 'cache', emptyDir: { sizeLimit: '1Mi' } }]
      app.container.volumeMounts = [{ name: 'cache', mountPath: '/cache' }]
      app.container.command = ['sh', '-c', 'head -c 4000000 /dev/zero >/cache/warm; exec java -jar /app/app.jar']
      app.container.readinessProbe.initialDelaySeconds = 600
    },
    cartLast: dbUp,
    waitFor: evicted('cart'),
    args: ['--wait', '0s'],
    expect: one('pod-evicted', [], { mentions: ['exceeds the limit', 'sizeLimit'] }),
  },
]
