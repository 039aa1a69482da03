// A recording of a crash loop as it would have been in each of its phases: the container runs again, has just ended, or
// waits for its next start. What a phase changes is the container's status and which of its runs' logs can be had.

const statusesOf = (pod) => pod.status?.containerStatuses ?? []
const endOf = (status) => status.state?.terminated ?? status.lastState?.terminated

// The process of these has run; nothing has been started of others.
const ran = (end) => end && !['StartError', 'ContainerCannotRun'].includes(end.reason)

const seconds = (time, more) => new Date(Date.parse(time) + more * 1000).toISOString().replace('.000', '')

const ofPhase = {
  running: ({ end, status }) => ({
    state: { running: { startedAt: seconds(end.finishedAt, 1) } }, lastState: { terminated: end },
    restartCount: Math.max(1, status.restartCount), started: true,
  }),
  terminated: ({ end, status }) => ({ state: { terminated: end }, lastState: {}, restartCount: status.restartCount, started: false }),
  waiting: ({ end, status, pod }) => ({
    state: { waiting: { reason: 'CrashLoopBackOff', message: `back-off 10s restarting failed container=${status.name} pod=${pod.metadata.name}` } },
    lastState: { terminated: end }, restartCount: Math.max(1, status.restartCount), started: false,
  }),
}

const podsOf = (entry) => (/\/pods\?/.test(entry.ask?.path ?? '') && entry.answer?.json?.items) || []
const isLog = (entry) => /\/pods\/[^/]*\/log\?/.test(entry.ask?.path ?? '')
const without = (path) => path.replace('&previous=true', '')

// One answer to each question about an object, the last that was given, as if asked once; and one time. To a process
// several questions read the same, for what tells them apart is secret.
function lastMoment(entries) {
  const last = new Map()
  const asked = entries.filter((e) => e.ask)
  for (const entry of asked.filter((e) => !e.ask.kind)) {
    const { occurrence, ...ask } = entry.ask
    last.set(JSON.stringify(ask), { ...entry, ask: { ...ask, occurrence: 1 } })
  }
  const of = (name) => entries.filter((e) => name in e).at(-1)
  return { asked: [...last.values(), ...asked.filter((e) => e.ask.kind)], clock: [of('wall'), of('now')].filter(Boolean) }
}

// The container's log of the run that ended, from whichever question was answered with it.
function logOfTheEnd(asked, status, path) {
  const previous = Boolean(status.state?.running)
  const exact = asked.find((e) => isLog(e) && e.answer.status === 200 && e.ask.path === (previous ? `${path}&previous=true` : path))
  return exact ?? asked.find((e) => isLog(e) && e.answer.status === 200 && without(e.ask.path) === path)
}

function inPhase(phase, entries) {
  const { asked, clock } = lastMoment(entries)
  let changed = false
  const logs = new Map()
  for (const pod of asked.flatMap(podsOf)) {
    for (const status of statusesOf(pod).filter((s) => s.name === 'cart' && !s.ready && ran(endOf(s)))) {
      changed = true
      const of = asked.filter((e) => isLog(e) && e.ask.path.includes(`/pods/${pod.metadata.name}/log?container=${status.name}&`))
      for (const path of new Set(of.map((e) => without(e.ask.path)))) {
        const ended = logOfTheEnd(asked, status, path)
        if (ended) logs.set(path, ended.answer)
      }
      Object.assign(status, ofPhase[phase]({ end: endOf(status), status, pod }))
    }
  }
  if (!changed) return null
  const said = [...logs].flatMap(([path, answer]) => {
    const begun = { ...answer, text: (answer.text ?? '').split('\n').slice(0, 3).join('\n') }
    const ask = { method: 'GET', path, occurrence: 1 }
    return [
      { ask, answer: phase === 'running' ? begun : answer },
      { ask: { ...ask, path: `${path}&previous=true` }, answer },
    ]
  })
  return [...clock, ...asked.filter((e) => !isLog(e) || !logs.has(without(e.ask.path))), ...said]
}

export const phases = Object.fromEntries(Object.keys(ofPhase).map((phase) => [phase, (entries) => inPhase(phase, entries)]))
