// Container logs: how much, since when, of which run; and what there is where no container ran.
const log = async (t, app, query) => t.client.get(t.core(`pods/${(await t.pod(app)).metadata.name}/log?container=cart${query}`))
const lines = (text) => text.split('\n').length - 1

export const logs = [
  { name: 'log-of-a-run', run: async (t) => {
    const whole = await log(t, 'cart', '&tailLines=4000&limitBytes=1048576')
    t.equal('the HTTP status', whole.status, 200)
    t.match('the content type', whole.headers['content-type'], /^text\/plain/)
    t.ok('it is what the cart wrote', /Started CartApplication/.test(whole.text))
    t.equal('tailLines=3', lines((await log(t, 'cart', '&tailLines=3')).text), 3)
    const cut = await log(t, 'cart', '&limitBytes=100')
    t.equal('limitBytes=100', [cut.text.length, whole.text.startsWith(cut.text)], [100, true])
    t.equal('limitBytes and tailLines', (await log(t, 'cart', '&tailLines=2&limitBytes=10')).text.length, 10)
    const stamped = (await log(t, 'cart', '&tailLines=2&timestamps=true')).text
    t.ok('timestamps', stamped.split('\n').filter(Boolean).every((l) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d) /.test(l)))
    t.equal('sinceSeconds=100000', (await log(t, 'cart', '&sinceSeconds=100000')).text.length >= whole.text.length, true)
    const follow = await log(t, 'crashing', '&follow=false&tailLines=1')
    t.equal('follow=false ends', follow.status, 200)
    t.refused(await log(t, 'cart', '&tailLines=-1'), 422, 'Invalid', /tailLines/)
  } },
  { name: 'log-of-the-run-before', run: async (t) => {
    // In the moment of a restart it may not be there.
    const why = /no-such-provider|APPLICATION FAILED TO START|Application run failed/
    const previous = await t.eventually(() => log(t, 'crashing', '&tailLines=4000&limitBytes=1048576&previous=true'), (a) => why.test(a.text))
    t.equal('the HTTP status', previous.status, 200)
    t.match('why it crashed', previous.text, why)
    const restarts = (await t.pod('dynamodb')).status.containerStatuses[0].restartCount
    if (restarts === 0) {
      const none = await t.client.get(t.core(`pods/${(await t.pod('dynamodb')).metadata.name}/log?container=dynamodb&previous=true`))
      t.refused(none, 400, 'BadRequest', /^previous terminated container "dynamodb" in pod "dynamodb-[^"]+" not found$/)
    }
  } },
  { name: 'log-of-no-run', run: async (t) => {
    t.refused(await log(t, 'waiting', ''), 400, 'BadRequest', /^container "cart" in pod "waiting-[^"]+" is waiting to start: (trying and failing to pull image|image can't be pulled)$/)
    const pod = await t.pod('cart')
    t.refused(await t.client.get(t.core(`pods/${pod.metadata.name}/log?container=no-such`)), 400, 'BadRequest', /^container no-such is not valid for pod cart-deployment-/)
    t.refused(await t.client.get(t.core('pods/no-such/log?container=cart')), 404, 'NotFound', /^pods "no-such" not found$/)
  } },
]
