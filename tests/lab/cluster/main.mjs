// The process of a lab: main.mjs FOLDER PROGRAMS. Writes FOLDER/lab.json when it is up, ends on SIGTERM, SIGINT or when
// the process with id LAB_PARENT has gone, and takes everything with it that it started.
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { startLab } from './lab.mjs'

const [folder, programs] = process.argv.slice(2)
const told = path.join(folder, 'lab.json')

let lab
let stopping = false

async function stop(code) {
  if (stopping) return
  stopping = true
  rmSync(told, { force: true })
  await lab?.stop()
  for (const name of ['network', 'pods', 'host', 'api']) rmSync(path.join(folder, name), { recursive: true, force: true })
  process.exit(code)
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => stop(0))
process.on('uncaughtException', (error) => {
  console.error(error)
  stop(70)
})

lab = await startLab({ folder, programs })
writeFileSync(`${told}.new`, JSON.stringify({ pid: process.pid, kubeconfig: lab.kubeconfig, url: lab.url }))
renameSync(`${told}.new`, told)

const parent = Number(process.env.LAB_PARENT)
if (parent) {
  setInterval(() => {
    try {
      process.kill(parent, 0)
    } catch {
      stop(0)
    }
  }, 500)
}
