// What `kubectl get pods` says of a pod: how many containers are ready, one word for its state, its restarts.
import { age } from './duration.mjs'

export function podReady({ spec, status }) {
  const ready = (status?.containerStatuses ?? []).filter((s) => s.ready).length
  return `${ready}/${spec.containers.length}`
}

function initReason({ spec, status }) {
  const statuses = status.initContainerStatuses ?? []
  for (const [index, { state = {} }] of statuses.entries()) {
    if (state.terminated?.exitCode === 0) continue
    if (state.terminated) return `Init:${ended(state.terminated)}`
    if (state.waiting?.reason && state.waiting.reason !== 'PodInitializing') return `Init:${state.waiting.reason}`
    return `Init:${index}/${spec.initContainers.length}`
  }
  return undefined
}

const ended = ({ reason, signal, exitCode }) => reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)

// The first container that has something to say counts.
function containerReason({ status }) {
  let running = false
  let word
  for (const { state = {}, ready } of [...(status.containerStatuses ?? [])].reverse()) {
    if (state.waiting?.reason) word = state.waiting.reason
    else if (state.terminated) word = ended(state.terminated)
    else if (state.running && ready) running = true
  }
  const isReady = status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')
  if (word === 'Completed' && running) return isReady ? 'Running' : 'NotReady'
  return word
}

export function podStatus(pod) {
  const { metadata, status = {} } = pod
  const gated = status.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')
  const word = initReason(pod) ?? containerReason(pod) ?? (gated ? 'SchedulingGated' : status.reason || status.phase)
  if (!metadata.deletionTimestamp) return word
  if (status.reason === 'NodeLost') return 'Unknown'
  return ['Failed', 'Succeeded'].includes(status.phase) ? word : 'Terminating'
}

export function podRestarts({ status }) {
  const statuses = status?.containerStatuses ?? []
  const restarts = statuses.reduce((sum, s) => sum + s.restartCount, 0)
  const last = statuses.map((s) => s.lastState?.terminated?.finishedAt).filter(Boolean).sort().at(-1)
  return restarts && last ? `${restarts} (${age(last)} ago)` : `${restarts}`
}
