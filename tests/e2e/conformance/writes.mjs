// Writing: merge patches with a version to hold them to, and pods that are deleted as the one that was meant.
export const writes = [
  { name: 'patch-held-to-a-version', run: async (t) => {
    const path = t.apps('deployments/idle')
    const at = `${path}?fieldManager=postflight`
    const before = await t.settled(path)
    const { uid, resourceVersion } = before.metadata
    const noted = await t.client.patch(at, { metadata: { uid, resourceVersion, annotations: { 'postflight/test': 'a "text"' } } })
    t.equal('the HTTP status', noted.status, 200)
    t.equal('the annotation', noted.json.metadata.annotations['postflight/test'], 'a "text"')
    t.ok('others stay', noted.json.metadata.annotations['deployment.kubernetes.io/revision'])
    t.ok('the version changes', noted.json.metadata.resourceVersion !== resourceVersion)
    t.equal('the generation: a Deployment\'s annotations count', noted.json.metadata.generation, before.metadata.generation + 1)
    t.ok('the manager is named', noted.json.metadata.managedFields.some((f) => f.manager === 'postflight' && f.operation === 'Update'))
    t.refused(await t.client.patch(at, { metadata: { uid, resourceVersion, annotations: { 'postflight/test': 'late' } } }), 409, 'Conflict',
      /^Operation cannot be fulfilled on deployments\.apps "idle": the object has been modified; please apply your changes to the latest version and try again$/)
    const other = await t.client.patch(at, { metadata: { uid: '00000000-0000-0000-0000-000000000000', annotations: { 'postflight/test': 'x' } } })
    t.refused(other, 422, 'Invalid', /^Deployment\.apps "idle" is invalid: metadata\.uid: Invalid value: "00000000-0000-0000-0000-000000000000": field is immutable$/)
    const both = await t.client.patch(at, { metadata: { uid: '00000000-0000-0000-0000-000000000000', resourceVersion: '1' } })
    t.refused(both, 409, 'Conflict', /the object has been modified/)
    const now = await t.settled(path)
    t.equal('the annotation after refusals', now.metadata.annotations['postflight/test'], 'a "text"')
    const removed = await t.client.patch(at, { metadata: { uid, resourceVersion: now.metadata.resourceVersion, annotations: { 'postflight/test': null } } })
    t.equal('removed', [removed.status, 'postflight/test' in removed.json.metadata.annotations], [200, false])
    const quiet = await t.settled(path)
    const same = await t.client.patch(at, { metadata: { annotations: { 'postflight/test': null } } })
    t.equal('nothing to change', [same.status, same.json.metadata.resourceVersion], [200, quiet.metadata.resourceVersion])
    t.refused(await t.client.patch(t.apps('deployments/no-such'), { metadata: {} }), 404, 'NotFound', /not found$/)
  } },
  { name: 'patch-that-restarts', run: async (t) => {
    const path = t.apps('deployments/moved')
    const before = await t.settled(path)
    const old = await t.pod('moved')
    const { uid, resourceVersion } = before.metadata
    const when = new Date().toISOString()
    const patched = await t.client.patch(`${path}?fieldManager=postflight`, {
      metadata: { uid, resourceVersion }, spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': when } } } },
    })
    t.equal('the generation', patched.json.metadata.generation, before.metadata.generation + 1)
    const seen = await t.client.watch(`${t.core('pods?labelSelector=app%3Dmoved')}&watch=1&allowWatchBookmarks=true&timeoutSeconds=15&resourceVersion=${patched.json.metadata.resourceVersion}`,
      (events) => events.some((e) => e.type === 'ADDED' && e.object.metadata.uid !== old.metadata.uid))
    const added = seen.events.find((e) => e.type === 'ADDED')?.object
    t.equal('a new pod has the annotation', added?.metadata.annotations?.['kubectl.kubernetes.io/restartedAt'], when)
  } },
  { name: 'pod-deleted-as-the-one-that-was-meant', run: async (t) => {
    const pod = await t.pod('moved')
    const path = t.core(`pods/${pod.metadata.name}`)
    const options = (uid) => ({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } })
    t.refused(await t.client.ask('DELETE', path, options('00000000-0000-0000-0000-000000000000')), 409, 'Conflict', /^Operation cannot be fulfilled on Pod "moved-[^"]+": the UID in the precondition \(00000000-0000-0000-0000-000000000000\) does not match the UID in record \([0-9a-f-]+\)/)
    const gone = await t.client.ask('DELETE', path, options(pod.metadata.uid))
    t.equal('the answer', [gone.status, gone.json.kind, gone.json.metadata.uid], [200, 'Pod', pod.metadata.uid])
    t.equal('its grace', gone.json.metadata.deletionGracePeriodSeconds, 30)
    t.match('its end', gone.json.metadata.deletionTimestamp, /Z$/)
    t.refused(await t.client.ask('DELETE', t.core('pods/no-such'), options(pod.metadata.uid)), 404, 'NotFound', /^pods "no-such" not found$/)
  } },
]
