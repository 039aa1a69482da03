// One pod on the node: its folder and address, its containers, and the status that the API shows of it.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ContainerRun } from './containerrun.mjs'
import { timestamp } from './store.mjs'
import { makeVolumes, VolumeError } from './volumes.mjs'

const FIRST_MOUNT_BACKOFF = 500 // milliseconds, then twice as many each time
const LAST_MOUNT_BACKOFF = 122_000

export class PodRun {
  #ended = false
  #initialized = false
  #removed = false
  #wake

  constructor(object, { world, store, events }) {
    Object.assign(this, { object, world, store, events, host: object.metadata.name })
    this.folder = path.join(world.folder, 'pods', object.metadata.uid)
    const options = { world, events, changed: () => this.#write() }
    this.containers = object.spec.containers.map((c) => new ContainerRun(this, c, options))
    this.#initialized = !object.spec.initContainers?.length
    this.initContainers = (object.spec.initContainers ?? []).map((c) => new ContainerRun(this, c, { ...options, once: true }))
  }

  async run() {
    mkdirSync(path.join(this.folder, 'tmp'), { recursive: true })
    writeFileSync(path.join(this.folder, 'resolv.conf'), this.world.network.resolvConf(this.object))
    this.startTime = timestamp()
    await this.#mount()
    if (this.#ended) return
    this.ip = this.world.network.newPodAddress()
    this.#write()
    for (const container of this.initContainers) {
      await container.run()
      if (this.#ended || container.state.terminated?.exitCode !== 0) return
    }
    this.#initialized = true
    this.#write()
    await Promise.all(this.containers.map((c) => c.run()))
  }

  container(name) {
    return [...this.containers, ...this.initContainers].find((c) => c.spec.name === name)
  }

  closePorts() {
    if (this.containers.length === 1 || !this.containers.some((c) => c.running)) this.world.network.closePorts(this.ip)
  }

  // Ends all containers; GRACE in seconds.
  async end(grace) {
    this.#ended = true
    this.#wake?.()
    for (const c of this.containers) {
      if (c.running) this.events.record({ object: this.object, fieldPath: `spec.containers{${c.spec.name}}` }, 'Normal', 'Killing', `Stopping container ${c.spec.name}`, this.world.author)
    }
    await Promise.all([...this.initContainers, ...this.containers].map((c) => c.end(grace)))
    this.#removed = true
    if (this.ip) this.world.network.removePod(this.ip)
    rmSync(this.folder, { recursive: true, force: true })
  }

  // Makes the volumes; while one cannot be made, no container starts.
  async #mount() {
    const { namespace } = this.object.metadata
    const wide = (resource) => resource === 'persistentvolumes'
    const around = { read: (resource, name) => this.world.read(resource, wide(resource) ? undefined : namespace, name), hostFolder: this.world.hostFolder }
    for (let wait = FIRST_MOUNT_BACKOFF; !this.#ended; wait = Math.min(2 * wait, LAST_MOUNT_BACKOFF)) {
      try {
        this.volumes = makeVolumes(this.object, path.join(this.folder, 'volumes'), around)
        return
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error
        this.events.record({ object: this.object }, 'Warning', 'FailedMount', error.message, this.world.author)
        this.#write()
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, wait)
          this.#wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
    }
  }

  #phase() {
    const states = this.containers.map((c) => c.state)
    const over = (s) => s.terminated && this.object.spec.restartPolicy !== 'Always'
    if (states.every((s) => over(s))) return states.every((s) => s.terminated.exitCode === 0) ? 'Succeeded' : 'Failed'
    const begun = (c) => c.state.running || c.state.terminated || c.lastState.terminated
    return this.containers.every(begun) ? 'Running' : 'Pending'
  }

  #write() {
    if (this.#removed) return
    const { namespace, name, uid } = this.object.metadata
    const stored = this.store.peek('pods', namespace, name)
    if (stored?.metadata.uid !== uid) return
    const old = stored.status.conditions ?? []
    const unready = this.containers.filter((c) => !c.ready).map((c) => c.spec.name)
    const notReady = { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
    const conditions = [
      { type: 'PodReadyToStartContainers', status: this.ip ? 'True' : 'False' },
      this.#initialized ? { type: 'Initialized', status: 'True' } : {
        type: 'Initialized', status: 'False', reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${this.initContainers.filter((c) => c.state.terminated?.exitCode !== 0).map((c) => c.spec.name).join(' ')}]`,
      },
      { type: 'Ready', ...(unready.length ? notReady : { status: 'True' }) },
      { type: 'ContainersReady', ...(unready.length ? notReady : { status: 'True' }) },
      { type: 'PodScheduled', status: 'True' },
    ].map((c) => {
      const was = old.find((o) => o.type === c.type)
      return { lastProbeTime: null, lastTransitionTime: was?.status === c.status ? was.lastTransitionTime : timestamp(), ...c }
    })
    const { address } = this.world
    const status = {
      ...stored.status, conditions, containerStatuses: this.containers.map((c) => c.status()),
      ...(this.initContainers.length ? { initContainerStatuses: this.initContainers.map((c) => c.status()) } : {}),
      hostIP: address, hostIPs: [{ ip: address }], phase: this.#phase(), ...(this.ip ? { podIP: this.ip, podIPs: [{ ip: this.ip }] } : {}), startTime: this.startTime,
    }
    this.store.update('pods', { ...stored, status }, { subresource: 'status', manager: 'kubelet' })
  }
}
