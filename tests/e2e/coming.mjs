// What the documents promise and the program does not have yet. Tests that are about one of these are skipped,
// and a checklist item among them is not compared; the test below fails as soon as one of them has arrived.
import { execute } from './cluster.mjs'
import { program } from './postflight.mjs'

export const comingItems = []
export const comingModes = []
export const comingChecks = []

async function listed(what) {
  const { code, out, err } = await execute(program, ['list', what])
  if (code !== 0) throw new Error(`list ${what} ends with ${code}: ${err.trim()}`)
  return out.split('\n').map((line) => line.split(' ')[0])
}

async function arrived() {
  const [modes, checks] = await Promise.all([listed('modes'), listed('checks')])
  return [...comingModes.filter((m) => modes.includes(m)), ...comingChecks.filter((c) => checks.includes(c))]
    .map((name) => `${name} is there: take it out of coming.mjs`)
}

export const comingTests = [{ name: 'suite/coming', run: arrived }]
