// Labs as other processes: starting one, finding one that runs, ending it.
import { spawn, spawnSync } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { openSync, closeSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const here = path.dirname(fileURLToPath(import.meta.url))
const START_SECONDS = 60

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

export function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

// Runs a program to its end: {code, out, err}. Its standard input is INPUT.
export function execute(program, args, { input = '', env, quiet = true } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: env ?? process.env, stdio: quiet ? 'pipe' : 'inherit' })
    let [out, err] = ['', '']
    child.stdout?.on('data', (d) => { out += d })
    child.stderr?.on('data', (d) => { err += d })
    child.on('error', (error) => reject(new Error(`${program}: ${error.message}`)))
    child.on('close', (code, signal) => resolve({ code: code ?? signal, out, err }))
    child.stdin?.on('error', () => {}) // it may end without reading
    child.stdin?.end(input)
  })
}

export async function must(program, args, options) {
  const { code, out, err } = await execute(program, args, options)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${code}\n${err.trim()}`)
  return out
}

// {pid, kubeconfig, url} of the lab in FOLDER, or null.
export async function runningLab(folder) {
  const told = await readFile(path.join(folder, 'lab.json'), 'utf8').then(JSON.parse, () => null)
  return told && alive(told.pid) ? told : null
}

// A new lab in FOLDER. It ends with this process unless DETACHED.
export async function launchLab(folder, { detached = false } = {}) {
  if (await runningLab(folder)) throw new Error(`a lab runs in ${folder} already`)
  const made = spawnSync(path.join(here, 'programs'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (made.status !== 0) throw new Error('what the pods run could not be made')
  const programs = made.stdout.trim()
  await mkdir(folder, { recursive: true })
  const output = openSync(path.join(folder, 'output'), 'w')
  const env = { ...process.env, ...(detached ? {} : { LAB_PARENT: `${process.pid}` }) }
  // In a group of its own: an interrupt from the terminal must leave it for whoever cleans up.
  const child = spawn(process.execPath, [path.join(here, 'cluster/main.mjs'), folder, programs], { env, stdio: ['ignore', output, output], detached: true })
  closeSync(output)
  child.unref()
  for (const deadline = Date.now() + START_SECONDS * 1000; Date.now() < deadline; await pause(30)) {
    const lab = await runningLab(folder)
    if (lab) return lab
    if (child.exitCode !== null) break
  }
  throw new Error(`the lab did not start:\n${await readFile(path.join(folder, 'output'), 'utf8')}`)
}

export async function endLab(folder) {
  const lab = await runningLab(folder)
  if (!lab) return false
  process.kill(lab.pid, 'SIGTERM')
  while (alive(lab.pid)) await pause(30)
  return true
}
