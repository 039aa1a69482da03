// `make demo` as a newcomer meets it: on a terminal, with nothing typed.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { execute } from '../../running.mjs'

const lab = fileURLToPath(new URL('../../', import.meta.url))

test('the demo runs on a terminal to its end, asks for nothing and leaves nothing behind', async (t) => {
  const tmp = await mkdtemp(path.join(os.tmpdir(), 'pf-demo-'))
  t.after(() => rm(tmp, { recursive: true, force: true }))
  const { CI, ...env } = process.env
  const command = `'${lab}lab' run '${lab}demo'`
  const { code, out } = await execute('script', ['-qec', command, '/dev/null'], { env: { ...env, TMPDIR: tmp } })
  assert.equal(code, 0, out)
  assert.match(out, /Nothing is left of it/)
  assert.doesNotMatch(out, /\[y\/N\]/)
  assert.deepEqual(await readdir(tmp), [])
})
