// The screens of README.md: between <!-- screen NAME --> and <!-- end --> stands what a run in a lab prints.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { endOnSignals, scratchFolder } from '../scratch.mjs'
import { breakWith, install, program } from './documented.mjs'
import { endLab, execute, here, launchLab } from './running.mjs'

const readme = path.resolve(here, '../../README.md')
const NAMESPACE = 'retail-store'
const MARKED = /<!-- screen (\S+) -->\n([\s\S]*?)<!-- end -->/g

// What is done before, and the arguments of `postflight`.
export const screens = {
  fault: { fault: 'endpoint-host', args: ['run', '-n', NAMESPACE] },
  restart: { fault: 'none', args: ['run', '-n', NAMESPACE, '--restart', '-q'] },
}

export const screenText = (args, out) => `\n${`$ postflight ${args.join(' ')}\n${out}`.trimEnd().replace(/^(?=.)/gm, '    ')}\n\n`

// What differs from run to run, or with the phase of a crash loop, made the same.
export const normalised = (text) => text
  .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replace(/\b\d+(\.\d+)? (ms|s|min)\b/g, 'N s').replace(/\b10\.(96|244)\.\d+\.\d+/g, '10.$1.X.X')
  .replace(/\b(cart-deployment|dynamodb)(-[a-z0-9]{10})(-[a-z0-9]{5})?\b/g, (_, name, hash, pod) => `${name}-HASH${pod ? '-POD' : ''}`)
  .replace(/\d+ restarts?/g, 'N restarts').replace(/in \d+ records/g, 'in N records').replace(/line \d+/g, 'line N')
  .replace(/\(previous container, /g, '(')
  .replace(/ {2,}/g, '  ')

// The screens in TEXT that are not what FRESH ({name: text}) says.
export function stale(text, fresh) {
  return [...text.matchAll(MARKED)].filter(([, name, body]) => name in fresh && normalised(body) !== normalised(fresh[name])).map(([, name]) => name)
}

async function take() {
  const folder = scratchFolder('lab')
  endOnSignals(() => endLab(folder))
  const fresh = {}
  try {
    const { kubeconfig } = await launchLab(folder)
    process.env.KUBECONFIG = kubeconfig
    await install(NAMESPACE)
    for (const [name, { fault, args }] of Object.entries(screens)) {
      await breakWith(NAMESPACE, fault)
      const { out } = await execute(program, args, { env: { ...process.env, NO_COLOR: '1' } })
      fresh[name] = screenText(args, out)
    }
  } finally {
    await endLab(folder)
  }
  return fresh
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fresh = await take()
  const text = await readFile(readme, 'utf8')
  const unknown = [...text.matchAll(MARKED)].map(([, name]) => name).filter((name) => !(name in fresh))
  if (unknown.length) throw new Error(`README.md shows what nobody prints: ${unknown}`)
  if (process.argv.includes('--check')) {
    const old = stale(text, fresh)
    if (old.length) {
      console.error(`README.md shows what postflight does not print any more (${old}): make screens`)
      process.exit(1)
    }
  } else await writeFile(readme, text.replace(MARKED, (whole, name) => `<!-- screen ${name} -->\n${fresh[name]}<!-- end -->`))
}
