// One container of a pod, from its image to its end: waiting, running and terminated states, restarts with back-off,
// probes, previous logs. What it comes to is told by `status()`; `changed` is called when that is another.
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { ContainerLog } from './containerlog.mjs'
import { ConfigError, environment, expand } from './env.mjs'
import { findImage, pullFailure } from './images.mjs'
import { startProbe } from './probes.mjs'
import { residentMemory, StartError, startProcess } from './process.mjs'
import { quantity } from './quantity.mjs'
import { timestamp } from './store.mjs'
import { mountLines } from './volumes.mjs'

const FIRST_BACKOFF = 10
const LAST_BACKOFF = 300
const SETTLED = 600 // who ran for so many seconds begins anew
const LOOKED_AT = 500 // milliseconds for which the end of a run shows before what follows
const MEMORY_PERIOD = 250

export class ContainerRun {
  #backoff = 0
  #pullBackoff = 0
  #timer
  #wake
  #stopProbes = []
  #execs = new Set()
  #ending = false
  #end // the record of how it ended last

  constructor(pod, spec, { world, events, changed, once = false }) {
    Object.assign(this, { pod, spec, world, events, changed, once })
    this.state = { waiting: { reason: 'ContainerCreating' } }
    this.lastState = {}
    this.restartCount = 0
    this.ready = false
    this.started = false
  }

  // Resolves when the container will not be started again.
  async run() {
    for (;;) {
      const image = await this.#pulled()
      if (this.#ending) return
      if (!(await this.#ranOnce(image))) continue // it could not be made: again with a new look at the objects
      if (this.#ending || !this.#again()) return
      await this.#pause(LOOKED_AT)
      if (this.#ending) return
      if (this.#ranFor() > SETTLED) this.#backoff = 0
      if (this.#backoff > 0) await this.#backOff()
      this.#backoff = this.#backoff ? Math.min(this.#backoff * 2, LAST_BACKOFF) : FIRST_BACKOFF
      if (this.#ending) return
      this.restartCount += 1
    }
  }

  // Ends it for good, with SIGTERM and, after GRACE seconds, SIGKILL.
  async end(grace) {
    this.#ending = true
    clearTimeout(this.#timer)
    this.#wake?.()
    await this.#terminate(grace)
  }

  get running() {
    return Boolean(this.process)
  }

  // Runs COMMAND in the container as `kubectl exec` does.
  start(command, stdin) {
    const process = startProcess(this.world, this.pod, {
      argv: command, variables: this.variables, folder: this.folder, session: this.process.pid, stdin, ...this.#limits(),
    })
    this.#execs.add(process)
    process.exited.then(() => this.#execs.delete(process))
    return process
  }

  status() {
    const { spec, state, lastState, restartCount, ready, started, id } = this
    const made = Boolean(this.image) && id
    return {
      ...(id ? { containerID: `containerd://${id}` } : {}), image: made ? this.image.image : spec.image, imageID: made ? this.image.imageID : '',
      lastState, name: spec.name, ready, ...(made ? { resources: spec.resources ?? {} } : {}), restartCount, started, state,
      ...(spec.volumeMounts ? { volumeMounts: spec.volumeMounts.map((m) => ({ ...m, ...(m.readOnly ? { recursiveReadOnly: 'Disabled' } : {}) })) } : {}),
    }
  }

  // The files of an image have another place here than in it.
  #placed(argument, { at, folder }) {
    return at !== '/' && argument.startsWith(`${at}/`) ? path.join(this.world.programs.folder, folder, argument.slice(at.length)) : argument
  }

  #limits() {
    return {
      hidden: this.spec.volumeMounts?.map((m) => m.mountPath) ?? [],
      readOnly: this.spec.securityContext?.readOnlyRootFilesystem, mounts: mountLines(this.pod, this.spec, this.variables, expand),
    }
  }

  #event(type, reason, message) {
    this.events.record({ object: this.pod.object, fieldPath: `spec.containers{${this.spec.name}}` }, type, reason, message, this.world.author)
  }

  #say(state, more = {}) {
    Object.assign(this, { state, ...more })
    this.changed()
  }

  #pause(milliseconds) {
    return new Promise((resolve) => {
      if (this.#ending) resolve()
      this.#wake = resolve
      this.#timer = setTimeout(resolve, milliseconds)
    })
  }

  #again() {
    const policy = this.pod.object.spec.restartPolicy
    return (policy === 'Always' && !this.once) || (policy !== 'Never' && this.#end.exitCode !== 0)
  }

  // Seconds; one that could not be started ran for none, though its record has 1970 for the time of its start.
  #ranFor() {
    return this.#end.reason === 'StartError' ? 0 : (Date.parse(this.#end.finishedAt) - Date.parse(this.#end.startedAt)) / 1000
  }

  async #backOff() {
    const { name, namespace, uid } = this.pod.object.metadata
    const full = `${name}_${namespace}(${uid})`
    const message = `back-off ${this.#backoff >= LAST_BACKOFF ? '5m0s' : this.#backoff >= 60 ? `${Math.floor(this.#backoff / 60)}m${this.#backoff % 60}s` : `${this.#backoff}s`} restarting failed container=${this.spec.name} pod=${full}`
    this.#event('Warning', 'BackOff', `Back-off restarting failed container ${this.spec.name} in pod ${full}`)
    this.#say({ waiting: { message, reason: 'CrashLoopBackOff' } }, { lastState: { terminated: this.#end } })
    await this.#pause(this.#backoff * 1000)
  }

  // The image, once the node has it.
  async #pulled() {
    for (;;) {
      const name = this.spec.image
      const image = findImage(name)
      if (image && this.spec.imagePullPolicy !== 'Always') this.#event('Normal', 'Pulled', `Container image "${name}" already present on machine`)
      else if (image) this.#event('Normal', 'Pulled', `Successfully pulled image "${name}" in 120ms (120ms including waiting). Image size: 123456789 bytes.`)
      if (image || this.#ending) return image
      const failure = pullFailure(name)
      if (this.spec.imagePullPolicy === 'Never') {
        this.#event('Warning', 'ErrImageNeverPull', `Container image "${name}" is not present with pull policy of Never`)
        this.#say({ waiting: { message: `Container image "${name}" is not present with pull policy of Never`, reason: 'ErrImageNeverPull' } })
        await this.#pause(FIRST_BACKOFF * 1000)
        continue
      }
      this.#event('Normal', 'Pulling', `Pulling image "${name}"`)
      this.#event('Warning', 'Failed', `Failed to pull image "${name}": ${failure}`)
      this.#event('Warning', 'Failed', 'Error: ErrImagePull')
      this.#say({ waiting: { message: failure, reason: 'ErrImagePull' } })
      this.#pullBackoff = Math.min(this.#pullBackoff * 2 || FIRST_BACKOFF, LAST_BACKOFF)
      await this.#pause(3000)
      this.#event('Normal', 'BackOff', `Back-off pulling image "${name}"`)
      this.#event('Warning', 'Failed', 'Error: ImagePullBackOff')
      this.#say({ waiting: { message: `Back-off pulling image "${name}": ErrImagePull: ${failure}`, reason: 'ImagePullBackOff' } })
      await this.#pause(this.#pullBackoff * 1000)
    }
  }

  #checkUser(image) {
    const own = { ...this.pod.object.spec.securityContext, ...this.spec.securityContext }
    if (!own.runAsNonRoot) return
    const { name, namespace, uid } = this.pod.object.metadata
    const where = `(pod: "${name}_${namespace}(${uid})", container: ${this.spec.name})`
    if (own.runAsUser === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${where}`)
    if (own.runAsUser === undefined) {
      throw new ConfigError(`container has runAsNonRoot and image has non-numeric user (${image.user}), cannot verify user is non-root ${where}`)
    }
  }

  // False when it could not be made, after a while.
  async #ranOnce(image) {
    const { spec, world } = this
    let variables
    try {
      this.#checkUser(image)
      variables = { ...image.env, ...environment(this.pod.object, spec, world.services(), (resource, name) => world.read(resource, this.pod.object.metadata.namespace, name)) }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      this.#event('Warning', 'Failed', `Error: ${error.message}`)
      this.#say({ waiting: { message: error.message, reason: 'CreateContainerConfigError' } })
      await this.#pause(2000)
      return false
    }
    const lookup = (name) => variables[name]
    const argv = [...(spec.command ?? image.entrypoint), ...(spec.args ?? (spec.command ? [] : image.command))].map((a) => this.#placed(expand(a, lookup), image))
    const folder = path.join(world.programs.folder, image.folder)
    Object.assign(this, { image, variables, folder: spec.workingDir ?? folder, id: randomBytes(32).toString('hex') })
    const startedAt = timestamp()
    this.previousLog = this.log
    this.log = new ContainerLog()
    const lastState = this.#end ? { terminated: this.#end } : this.lastState
    this.#event('Normal', 'Created', `Created container: ${spec.name}`)
    let ended
    try {
      this.process = startProcess(world, this.pod, { argv, variables, folder: this.folder, ...this.#limits() })
      for (const stream of ['stdout', 'stderr']) {
        const sink = this.log.sink()
        this.process.child[stream].on('data', sink.write).on('end', sink.end)
      }
      this.#event('Normal', 'Started', `Started container ${spec.name}`)
      this.#say({ running: { startedAt } }, { lastState, started: !spec.startupProbe, ready: !spec.startupProbe && !spec.readinessProbe })
      this.#probe()
      const killed = this.#watchMemory()
      const code = await this.process.exited
      ended = { exitCode: code, reason: killed.done() ? 'OOMKilled' : code === 0 ? 'Completed' : 'Error' }
    } catch (error) {
      if (!(error instanceof StartError)) throw error
      const message = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${error.message}: unknown`
      this.#event('Warning', 'Failed', `Error: ${message}`)
      ended = { exitCode: 128, message, reason: 'StartError', startedAt: '1970-01-01T00:00:00Z' }
    }
    this.#stopAll()
    this.process = undefined
    this.pod.closePorts()
    this.log.end()
    this.#end = { containerID: `containerd://${this.id}`, startedAt, finishedAt: timestamp(), ...ended }
    const over = { ready: false, started: false }
    // What was never started shows as waiting, its end only as the last one.
    if (ended.reason === 'StartError' && this.#again()) this.#say({ waiting: { message: ended.message, reason: 'RunContainerError' } }, { lastState: { terminated: this.#end }, ...over })
    else this.#say({ terminated: this.#end }, { lastState, ...over })
    return true
  }

  #watchMemory() {
    const limit = quantity(this.spec.resources?.limits?.memory ?? '')
    if (!(limit > 0)) return { done: () => false }
    let killed = false
    const { process } = this
    const timer = setInterval(() => {
      if (residentMemory(process.pid) <= limit) return
      killed = true
      process.kill()
    }, MEMORY_PERIOD)
    return {
      done: () => {
        clearInterval(timer)
        return killed
      },
    }
  }

  #probe() {
    const { spec } = this
    const context = {
      network: this.world.network, ip: this.pod.ip,
      execute: async (command) => {
        const process = this.start(command)
        let output = ''
        process.child.stdout.on('data', (d) => { output += d })
        process.child.stderr.on('data', (d) => { output += d })
        return { code: await process.exited, output }
      },
    }
    const begin = (kind, probe, changed) => {
      const stop = startProbe(probe, spec, context, {
        changed, failed: (text) => this.#event('Warning', 'Unhealthy', `${kind} probe failed: ${text}`),
      })
      this.#stopProbes.push(stop)
      return stop
    }
    const kill = (kind) => {
      this.#stopAll()
      this.#event('Normal', 'Killing', `Container ${spec.name} failed ${kind} probe, will be restarted`)
      this.#terminate(spec[`${kind}Probe`].terminationGracePeriodSeconds ?? this.pod.object.spec.terminationGracePeriodSeconds ?? 30)
    }
    const rest = () => {
      if (spec.readinessProbe) begin('Readiness', spec.readinessProbe, (ok) => this.ready !== ok && this.#say(this.state, { ready: ok }))
      if (spec.livenessProbe) begin('Liveness', spec.livenessProbe, (ok) => !ok && kill('liveness'))
    }
    if (!spec.startupProbe) {
      rest()
      return
    }
    const stop = begin('Startup', spec.startupProbe, (ok) => {
      if (!ok) kill('startup')
      else {
        stop()
        this.#say(this.state, { started: true, ready: !spec.readinessProbe })
        rest()
      }
    })
  }

  #stopAll() {
    for (const stop of this.#stopProbes.splice(0)) stop()
    for (const process of this.#execs) process.kill()
  }

  async #terminate(grace) {
    const { process } = this
    if (!process) return
    const hook = this.spec.lifecycle?.preStop?.exec
    const late = setTimeout(() => process.kill(), grace * 1000)
    if (hook) await this.start(hook.command).exited
    process.end('SIGTERM')
    await process.exited
    clearTimeout(late)
  }
}
