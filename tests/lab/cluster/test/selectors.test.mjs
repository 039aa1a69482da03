// Selectors choose, and refuse, as the real API server's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resourceNamed } from '../resources.mjs'
import { matcher } from '../selectors.mjs'

const pods = resourceNamed('pods')
const pod = (labels, more = {}) => ({ metadata: { name: 'p', namespace: 'a', labels }, spec: {}, ...more })

test('label selectors', () => {
  const cases = [
    ['app=cart', { app: 'cart' }, true], ['app==cart', { app: 'db' }, false], ['app!=cart', {}, true], ['app', { app: '' }, true], ['!app', {}, true],
    ['!app', { app: 'x' }, false], ['app in (a, b)', { app: 'b' }, true], ['app notin (a,b)', { app: 'b' }, false], ['app notin (a)', {}, true],
    ['app=cart,tier in (x),!z', { app: 'cart', tier: 'x' }, true], ['app=', { app: '' }, true], ['', {}, true], ['a.b/c=d', { 'a.b/c': 'd' }, true],
  ]
  for (const [labelSelector, labels, expected] of cases) assert.equal(matcher(pods, { labelSelector })(pod(labels)), expected, labelSelector)
})

test('what is no selector is refused in the words of a real server', () => {
  const cases = {
    'a b': "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt", 'a in b': "unable to parse requirement: found 'b' expected: '('",
    'a==,': "found '', expected: identifier after ','", 'a=b=c': "found '=', expected: ',' or 'end of string'",
  }
  for (const [labelSelector, message] of Object.entries(cases)) assert.throws(() => matcher(pods, { labelSelector }), { code: 400, message })
  assert.throws(() => matcher(pods, { fieldSelector: 'spec.x=b' }), { message: 'field label not supported: spec.x' })
  assert.throws(() => matcher(pods, { fieldSelector: 'foo' }), { message: "invalid selector: 'foo'; can't understand 'foo'" })
})

test('field selectors', () => {
  const running = pod({}, { status: { phase: 'Running' }, spec: { nodeName: 'n' } })
  for (const [fieldSelector, expected] of [['metadata.name=p', true], ['metadata.name!=p', false], ['status.phase=Running,spec.nodeName=n', true], ['spec.nodeName=', false]]) {
    assert.equal(matcher(pods, { fieldSelector })(running), expected, fieldSelector)
  }
})
