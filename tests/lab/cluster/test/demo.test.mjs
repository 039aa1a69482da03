// `make demo` as a newcomer meets it: on a terminal, with nothing typed.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { removeScratch, scratchFolder } from '../../../scratch.mjs'
import { execute } from '../../running.mjs'

const lab = fileURLToPath(new URL('../../', import.meta.url))

test('the demo runs on a terminal to its end, asks for nothing and leaves nothing behind', async (t) => {
  const tmp = scratchFolder('demo')
  t.after(() => removeScratch(tmp))
  const { CI, ...env } = process.env
  const command = `'${lab}lab' run '${lab}demo'`
  const { code, out } = await execute('script', ['-qec', command, '/dev/null'], { env: { ...env, TMPDIR: tmp } })
  assert.equal(code, 0, out)
  assert.match(out, /Nothing is left of it/)
  assert.doesNotMatch(out, /\[y\/N\]/)
  assert.deepEqual(await readdir(tmp), [])
})
