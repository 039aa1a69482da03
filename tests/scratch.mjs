// Folders of a test run in the machine's temporary folder: pf-KIND-PID-XXXXXX. They go with the process that made them;
// those of one that was killed go when the next is made.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import path from 'node:path'

const OWNED = /^pf-[a-z0-9]+-(\d+)-\w{6}$/
const made = new Set()

function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code !== 'ESRCH' // it may be another user's
  }
}

function sweep() {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(OWNED.exec(name)?.[1] ?? 0)
    if (!pid || alive(pid)) continue
    try {
      rmSync(path.join(tmpdir(), name), { recursive: true, force: true })
    } catch { /* another user's, or another run sweeps too */ }
  }
}

// A new folder, which is removed at the end of this process at the latest.
export function scratchFolder(kind) {
  if (made.size === 0) {
    sweep()
    process.once('exit', () => made.forEach(removeScratch))
  }
  const folder = mkdtempSync(path.join(tmpdir(), `pf-${kind}-${process.pid}-`))
  made.add(folder)
  return folder
}

// Leaves FOLDER to whoever wants to look at it: the sweep of a later run removes it.
export function keepScratch(folder) {
  made.delete(folder)
  return folder
}

export function removeScratch(folder) {
  made.delete(folder)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

// For a program that does nothing else about signals: CLEAN-UP, then the end, and with it that of its folders.
export function endOnSignals(cleanUp = () => {}) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, async () => {
      try {
        await cleanUp()
      } finally {
        process.exit(128 + constants.signals[signal])
      }
    })
  }
}
