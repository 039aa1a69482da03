// One stored Event, two shapes: that of the core group and that of events.k8s.io.

const PAIRS = [ // core, events.k8s.io
  ['involvedObject', 'regarding'], ['message', 'note'], ['reportingComponent', 'reportingController'], ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'], ['lastTimestamp', 'deprecatedLastTimestamp'], ['count', 'deprecatedCount'],
]

function renamed(event, apiVersion, names) {
  const entries = Object.entries(event).map(([key, value]) => [names.get(key) ?? key, value])
  return { ...Object.fromEntries(entries), apiVersion }
}

export const toEventsGroup = (event) => renamed(event, 'events.k8s.io/v1', new Map(PAIRS))
export const fromEventsGroup = (event) => renamed(event, 'v1', new Map(PAIRS.map(([core, other]) => [other, core])))
