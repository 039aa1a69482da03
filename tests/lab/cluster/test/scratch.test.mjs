// Folders in the machine's temporary folder, whatever becomes of the process that made them.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { removeScratch, scratchFolder } from '../../../scratch.mjs'

const module = new URL('../../../scratch.mjs', import.meta.url).href

// A process that made a folder in TMP and now waits; resolves once it has.
async function maker(tmp) {
  const script = `import { endOnSignals, scratchFolder } from '${module}'; endOnSignals(); console.log(scratchFolder('e2e')); setInterval(() => {}, 1e6)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, TMPDIR: tmp }, stdio: ['ignore', 'pipe', 'inherit'] })
  const [told] = await once(child.stdout, 'data')
  return { child, name: path.basename(`${told}`.trim()) }
}

async function ended(child, signal) {
  const exit = once(child, 'exit')
  child.kill(signal)
  return exit
}

test('scratch folders go with an interrupted process, and those of a killed one when the next begins', async (t) => {
  const tmp = scratchFolder('scratch')
  t.after(() => removeScratch(tmp))
  mkdirSync(path.join(tmp, 'pf-of-somebody'))
  const staying = await maker(tmp)
  const interrupted = await maker(tmp)
  assert.deepEqual(await ended(interrupted.child, 'SIGINT'), [130, null])
  assert.deepEqual(readdirSync(tmp).sort(), ['pf-of-somebody', staying.name].sort())
  const killed = await maker(tmp)
  await ended(killed.child, 'SIGKILL')
  assert.ok(readdirSync(tmp).includes(killed.name))
  const next = await maker(tmp)
  assert.deepEqual(readdirSync(tmp).sort(), ['pf-of-somebody', staying.name, next.name].sort())
  await ended(next.child, 'SIGTERM')
  await ended(staying.child, 'SIGHUP')
  assert.deepEqual(readdirSync(tmp), ['pf-of-somebody'])
})
