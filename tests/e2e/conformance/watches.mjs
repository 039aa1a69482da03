// Watching from a version that was read before.
const query = '&watch=1&allowWatchBookmarks=true'

export const watches = [
  { name: 'watch-from-a-version', run: async (t) => {
    const path = t.apps('deployments?limit=500&fieldSelector=metadata.name%3Dcrashing')
    const { resourceVersion } = (await t.client.get(path)).json.metadata
    await t.client.patch(t.apps('deployments/crashing'), { metadata: { annotations: { 'postflight/seen': resourceVersion } } })
    await t.client.patch(t.apps('deployments/cart-deployment'), { metadata: { annotations: { 'postflight/unseen': resourceVersion } } })
    const noted = (events) => events.some((e) => e.type === 'MODIFIED' && e.object.metadata.annotations?.['postflight/seen'] === resourceVersion)
    const seen = await t.client.watch(`${path}${query}&timeoutSeconds=15&resourceVersion=${resourceVersion}`, noted)
    t.equal('the HTTP status', seen.status, 200)
    t.ok('what happened since is told', noted(seen.events))
    t.ok('of that object only', seen.events.every((e) => e.type === 'BOOKMARK' || e.object.metadata.name === 'crashing'))
    t.ok('nothing is told as new', seen.events.every((e) => e.type !== 'ADDED'))
    t.ok('objects say their kind', seen.events.every((e) => e.object.kind === 'Deployment' && e.object.apiVersion === 'apps/v1'))
  } },
  { name: 'watch-ends-in-its-time', run: async (t) => {
    const path = t.core('services?limit=500')
    const { resourceVersion } = (await t.client.get(path)).json.metadata
    const begun = Date.now()
    const seen = await t.client.watch(`${path}${query}&timeoutSeconds=2&resourceVersion=${resourceVersion}`)
    t.equal('it', [seen.status, seen.ended, seen.rest], [200, true, ''])
    t.ok('not before', Date.now() - begun >= 1500)
    t.ok('bookmarks hold a version and nothing else', seen.events.filter((e) => e.type === 'BOOKMARK').every((e) => /^\d+$/.test(e.object.metadata.resourceVersion) && !e.object.metadata.name))
    t.ok('there was nothing to tell', seen.events.every((e) => e.type === 'BOOKMARK'))
  } },
  { name: 'watch-from-nothing', run: async (t) => {
    const seen = await t.client.watch(`${t.core('services?limit=500')}${query}&timeoutSeconds=5&resourceVersion=0`, (events) => events.filter((e) => e.type === 'ADDED').length >= 2)
    t.equal('what is there comes first', seen.events.slice(0, 2).map((e) => [e.type, e.object.kind]), [['ADDED', 'Service'], ['ADDED', 'Service']])
  } },
  { name: 'watch-from-too-long-ago', run: async (t) => {
    const seen = await t.client.watch(`${t.core('pods?limit=500')}${query}&timeoutSeconds=5&resourceVersion=1`, (events) => events.length > 0)
    const [event] = seen.events
    t.equal('the HTTP status', seen.status, 200)
    t.equal('the event', [event?.type, event?.object.kind, event?.object.code, event?.object.reason], ['ERROR', 'Status', 410, 'Expired'])
    t.match('its message', event?.object.message, /^too old resource version: 1 \(\d+\)$/)
  } },
]
