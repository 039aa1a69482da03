// Processes of containers: each runs under tests/lab/container/init, sees its pod's network through pod.so, and ends
// with the lab whatever happens to it.
import { spawn } from 'node:child_process'
import { accessSync, constants, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'

const PAGE = 4096

// Why a container cannot be started; shown as StartError.
export class StartError extends Error {}

// PROGRAM as a runtime finds it: by its path, or in one of the folders of PATH, unless a volume hides it.
function locate(program, folder, search, hidden) {
  const places = program.includes('/') ? [path.resolve(folder, program)] : search.split(':').map((p) => path.join(p, program))
  for (const place of places) {
    try {
      accessSync(place, constants.X_OK)
      const parent = realpathSync(path.dirname(place))
      if (!hidden.some((h) => parent === h || parent.startsWith(`${h}/`))) return place
    } catch { /* the next one */ }
  }
  const why = program.includes('/') ? `stat ${program}: no such file or directory` : `executable file not found in $PATH`
  throw new StartError(`exec: "${program}": ${why}`)
}

// The environment of a process: the container's own, and what pod.c wants to know. Programs of the image come first
// on the PATH, then those of the machine.
function processEnvironment(world, pod, variables, { session, readOnly, mounts }) {
  const search = [world.programs.bin, variables.PATH, process.env.PATH].filter(Boolean).join(':')
  return {
    HOSTNAME: pod.host, HOME: '/', ...variables, PATH: search,
    LAB_PRELOAD: world.programs.preload, LAB_NET: world.network.folder, LAB_PROGRAMS: world.programs.folder, LAB_POD: pod.folder, LAB_IP: pod.ip, LAB_HOST: pod.host,
    ...(session ? { LAB_SESSION: `${session}` } : {}), ...(readOnly ? { LAB_READ_ONLY: '1' } : {}), LAB_MOUNTS: mounts.join('\n'),
  }
}

// Starts ARGV. LIMITS: readOnly (its root), mounts (for files.c), hidden (folders where others
// are mounted), session (of the container that it joins).
// `exited` resolves with its exit status, which is never null. Throws a StartError.
export function startProcess(world, pod, { argv, variables, folder, stdin = 'ignore', ...limits }) {
  const env = processEnvironment(world, pod, variables, limits)
  const program = locate(argv[0], folder, env.PATH, limits.hidden ?? [])
  const child = spawn(world.programs.init, [program, ...argv.slice(1)], { cwd: folder, env, stdio: [stdin, 'pipe', 'pipe'], detached: true })
  const exited = new Promise((resolve) => {
    child.once('error', () => resolve(128))
    // 'close' comes when its output has been read too: nobody else has the pipes by then.
    child.once('close', (code) => resolve(code ?? 137))
  })
  return { child, pid: child.pid, exited, end: (signal) => child.kill(signal), kill: () => child.kill('SIGUSR1') }
}

function numbers(file) {
  try {
    return readFileSync(file, 'latin1').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return [] // it has ended meanwhile
  }
}

// Bytes of memory that the children of process PID, theirs and so on have in RAM. Called often: it looks at no others.
export function residentMemory(pid) {
  return numbers(`/proc/${pid}/task/${pid}/children`).reduce((sum, child) => sum + (numbers(`/proc/${child}/statm`)[1] ?? 0) * PAGE + residentMemory(child), 0)
}
