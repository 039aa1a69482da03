// One stored Event, two shapes: that of the core group and that of events.k8s.io.

const PAIRS = [ // core, events.k8s.io
  ['involvedObject', 'regarding'], ['message', 'note'], ['reportingComponent', 'reportingController'], ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'], ['lastTimestamp', 'deprecatedLastTimestamp'], ['count', 'deprecatedCount'],
]

function renamed(event, apiVersion, names) {
  const entries = Object.entries(event).map(([key, value]) => [names.get(key) ?? key, value])
  return { ...Object.fromEntries(entries), apiVersion }
}

const REPORTER = ['reportingController', 'reportingInstance']

export function toEventsGroup(event) {
  const shown = renamed(event, 'events.k8s.io/v1', new Map(PAIRS))
  for (const name of REPORTER) if (shown[name] === '') delete shown[name]
  return shown
}

export const fromEventsGroup = (event) => renamed(event, 'v1', new Map(PAIRS.map(([core, other]) => [other, core])))
