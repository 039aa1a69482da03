// Runs the program under test and reads what it leaves.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { execute } from './cluster.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
export const program = path.resolve(process.env.POSTFLIGHT ?? path.join(root, 'build/postflight'))
export const outputs = path.resolve(process.env.E2E_OUT ?? path.join(root, 'build/e2e'))

// An empty folder for what a test leaves: report.json, text, stderr, recording/.
export async function outputFolder(name) {
  const folder = path.join(outputs, name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  return folder
}

// Runs `postflight run` with ARGS; what it wrote goes to FOLDER under PREFIX. With RECORD the recording too.
export async function judge(folder, prefix, args, { env, record = false, replay } = {}) {
  const file = path.join(folder, `${prefix}report.json`)
  const full = ['run', ...args, '-o', `json=${file}`, '-o', 'text']
  const recording = path.join(folder, `${prefix}recording`)
  if (record) full.push('--record', recording)
  if (replay) full.push('--replay', replay)
  const result = await execute(program, full, { env: { NO_COLOR: '1', ...(env ?? process.env) } })
  await writeFile(path.join(folder, `${prefix}text`), result.out)
  await writeFile(path.join(folder, `${prefix}stderr`), result.err)
  const json = await readFile(file, 'utf8').catch(() => null)
  return { ...result, json, recording: record ? recording : null, command: [program, ...full].join(' ') }
}

// Every text that a run left, as [where, content].
export async function traces(run) {
  const found = [['stdout', run.out], ['stderr', run.err], ['report', run.json ?? '']]
  if (run.recording) {
    const names = await readdir(run.recording, { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of names.filter((e) => e.isFile())) {
      const file = path.join(entry.parentPath ?? entry.path, entry.name)
      found.push([`recording ${entry.name}`, await readFile(file, 'latin1')])
    }
  }
  return found
}
