// What a scenario waits for: predicates over a snapshot of a namespace's Deployments and pods.
import { logOf, statusOf } from './cluster.mjs'

const named = (what, predicate) => Object.assign(predicate, { what })

export const all = (...conditions) =>
  named(conditions.map((c) => c.what).join(' and '), async (seen) => {
    for (const condition of conditions) {
      if (!(await condition(seen))) return false
    }
    return true
  })

// The newest revision of the Deployment, and nothing else, is available.
export const available = (name) =>
  named(`deployment/${name} available`, ({ deployments, pods }) => {
    const d = deployments.find((x) => x.metadata.name === name)
    if (!d || (d.status.observedGeneration ?? 0) < d.metadata.generation) return false
    const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = d.status
    const wanted = d.spec.replicas
    return replicas === wanted && updatedReplicas === wanted && availableReplicas === wanted
      && podsOf(pods, d).every((p) => !p.metadata.deletionTimestamp)
  })

export const serving = all(available('dynamodb'), available('cart-deployment'))

// Past "available": without a probe the pod is Ready seconds before its JVM listens, and a cart that starts in
// between crashes once. DynamoDB answers an unsigned request with 400.
export const dbAnswers = named('DynamoDB answers', async ({ namespace }) => (await statusOf(namespace, 'dynamodb', 8000)) === 400)

function podsOf(pods, deployment) {
  const labels = Object.entries(deployment.spec.selector.matchLabels)
  return pods.filter((p) => labels.every(([k, v]) => p.metadata.labels?.[k] === v))
}

const appPods = (pods, app) => pods.filter((p) => p.metadata.labels?.app === app)

const states = (pod, container) => (pod.status.containerStatuses ?? []).filter((c) => c.name === container)

// The container has ended with a failure, or at all, at least TIMES times.
export const crashed = (app, container = app, times = 1) =>
  named(`${app} crashed ${times} times`, ({ pods }) =>
    appPods(pods, app).some((p) => states(p, container).some((c) =>
      c.restartCount + (c.state.terminated ? 1 : 0) >= times && (c.state.terminated || c.lastState.terminated))))

// What it had to say it said long ago: it is ready, or waits after its end, for more than SECONDS.
export const silentFor = (app, seconds) =>
  named(`${app} silent for ${seconds} s`, ({ pods }) =>
    appPods(pods, app).some((p) => states(p, app).some(({ ready, state, lastState }) => {
      const readiness = p.status.conditions?.find((c) => c.type === 'Ready')
      const since = ready ? readiness?.lastTransitionTime : state.waiting && lastState.terminated?.finishedAt
      return since && Date.now() - Date.parse(since) > seconds * 1000
    })))

// The cart's last ended run says PATTERN. Under load the first run may have ended for another reason: that
// DynamoDB was not yet up.
export const cartCrashed = (pattern) =>
  named(`cart crashed with ${pattern}`, async ({ pods }) => {
    for (const pod of appPods(pods, 'cart')) {
      for (const { state, lastState } of states(pod, 'cart')) {
        if ((state.terminated || lastState.terminated) && pattern.test(await logOf(pod, 'cart', !state.terminated))) return true
      }
    }
    return false
  })

export const endedBy = (app, reason, container = app) =>
  named(`${app} ended by ${reason}`, ({ pods }) =>
    appPods(pods, app).some((p) => states(p, container).some((c) =>
      [c.state.terminated, c.lastState.terminated].some((t) => t?.reason === reason))))

export const waitingFor = (app, ...reasons) =>
  named(`${app} waiting: ${reasons.join(' or ')}`, ({ pods }) =>
    appPods(pods, app).some((p) => (p.status.containerStatuses ?? []).some((c) => reasons.includes(c.state.waiting?.reason))))

export const unschedulable = (app) =>
  named(`${app} unschedulable`, ({ pods }) =>
    appPods(pods, app).some((p) => p.status.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'Unschedulable')))

export const noPodsFor = (name) =>
  named(`deployment/${name} cannot make pods`, ({ deployments }) =>
    deployments.find((d) => d.metadata.name === name)?.status.conditions?.some((c) => c.type === 'ReplicaFailure' && c.status === 'True'))

// And its successor is there.
export const evicted = (app) =>
  named(`${app} evicted`, ({ pods }) =>
    appPods(pods, app).some((p) => p.status.reason === 'Evicted') && appPods(pods, app).some((p) => p.status.phase !== 'Failed'))

export const scaledToZero = (name) =>
  named(`deployment/${name} at zero`, ({ deployments, pods }) => {
    const d = deployments.find((x) => x.metadata.name === name)
    return d && d.status.observedGeneration === d.metadata.generation && podsOf(pods, d).length === 0
  })

// Runs, and is not Ready although its container started more than SECONDS ago: long enough for its process to be up.
export const runningUnready = (app, seconds, container = app) =>
  named(`${app} runs without getting ready`, ({ pods }) =>
    appPods(pods, app).some((p) => states(p, container).some((c) =>
      !c.ready && c.state.running && Date.now() - Date.parse(c.state.running.startedAt) > seconds * 1000)))
