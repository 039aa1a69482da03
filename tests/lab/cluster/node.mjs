// The node: runs the pods that are assigned to it, and is asked by the API server for logs, exec and port-forwards.
import os from 'node:os'
import { ApiError, badRequest } from './errors.mjs'
import { PodRun } from './podrun.mjs'
import { timestamp } from './store.mjs'

export const NODE_NAME = 'lab'
const ADDRESS = '192.0.2.1' // of the node itself; nothing of the lab is sent there

export class Node {
  #pods = new Map() // uid → PodRun
  #stopping = false

  constructor({ store, network, events, programs, folder, hostFolder }) {
    Object.assign(this, { store, network, events, folder })
    this.world = {
      network, programs, folder, hostFolder, address: ADDRESS, author: { component: 'kubelet', host: NODE_NAME },
      services: () => store.list('services'), read: (resource, namespace, name) => store.peek(resource, namespace, name),
    }
    store.create('nodes', this.#object(), { manager: 'kubelet' })
    store.on('pods', ({ type, object }) => this.#look(type, object))
  }

  // What a process of the pod wrote. Options as in a log request: previous, follow, tailLines, limitBytes,
  // sinceSeconds, sinceTime, timestamps; and signal, which ends a follow. Resolves after the last WRITE(buffer).
  async log(pod, name, options, write) {
    const container = this.#pods.get(pod.metadata.uid)?.container(name)
    const where = `container "${name}" in pod "${pod.metadata.name}"`
    if (!container) return // not scheduled: empty
    if (options.previous) {
      if (!container.previousLog) throw badRequest(`previous terminated ${where} not found`)
      await container.previousLog.read({ ...options, follow: false }, write)
      return
    }
    if (!container.log) {
      const { reason } = container.state.waiting ?? {}
      const why = { ErrImagePull: 'image can\'t be pulled', ImagePullBackOff: 'trying and failing to pull image' }[reason] ?? reason
      throw badRequest(`${where} is waiting to start: ${why}`)
    }
    await container.log.read(options, write)
  }

  // Starts COMMAND in a running container. STREAMS: stdin (a Readable, or nothing), stdout and stderr (Writables, which
  // are left open), signal (ends it). Resolves to the exit status; rejects with a StartError where it cannot be started.
  async exec(pod, name, command, { stdin, stdout, stderr, signal } = {}) {
    const container = this.#running(pod, name)
    const process = container.start(command, stdin ? 'pipe' : 'ignore')
    const { child } = process
    signal?.addEventListener('abort', process.kill, { once: true })
    if (stdin) {
      child.stdin.on('error', () => {}) // it may end without reading
      stdin.pipe(child.stdin)
    }
    for (const [from, to] of [[child.stdout, stdout], [child.stderr, stderr]]) {
      if (to) from.pipe(to, { end: false })
      else from.resume()
    }
    const code = await process.exited
    stdin?.unpipe(child.stdin)
    return code
  }

  // A connection (net.Socket) to PORT in the pod's own network; rejects with the dialler's words.
  portForward(pod, port) {
    const run = this.#pods.get(pod.metadata.uid)
    if (!run?.ip) throw new Error(`unable to do port forwarding: pod not found ("${pod.metadata.name}_${pod.metadata.namespace}")`)
    return this.network.dial(run.ip, port, { loopback: true })
  }

  // A connection to PORT of the pod's address, as the API server's proxy makes it.
  dial(pod, port) {
    return this.network.dial(pod.status.podIP, port)
  }

  // Ends every process; resolves when none is left.
  async stop() {
    this.#stopping = true
    await Promise.all([...this.#pods.values()].map((run) => run.end(0)))
  }

  #running(pod, name) {
    const container = this.#pods.get(pod.metadata.uid)?.container(name)
    if (!container?.running) throw new ApiError(500, 'InternalError', `unable to upgrade connection: container not found ("${name}")`)
    return container
  }

  #look(type, object) {
    const { uid, deletionTimestamp, deletionGracePeriodSeconds } = object.metadata
    const run = this.#pods.get(uid)
    if (type === 'DELETED') {
      this.#pods.delete(uid)
      run?.end(0)
    } else if (!run && object.spec.nodeName === NODE_NAME && !deletionTimestamp && !this.#stopping) {
      const started = new PodRun(object, this)
      this.#pods.set(uid, started)
      started.run().catch((error) => this.#broken(error))
    } else if (run) {
      run.object = object
      if (deletionTimestamp && !run.leaving) {
        run.leaving = true
        run.end(deletionGracePeriodSeconds).then(() => this.#gone(object), (error) => this.#broken(error))
      }
    } else if (deletionTimestamp && object.spec.nodeName === NODE_NAME) this.#gone(object)
  }

  #gone({ metadata: { namespace, name, uid } }) {
    this.#pods.delete(uid)
    if (this.store.peek('pods', namespace, name)?.metadata.uid === uid) this.store.remove('pods', namespace, name, { gracePeriodSeconds: 0, uid })
  }

  #broken(error) {
    if (!this.#stopping) setImmediate(() => { throw error }) // a mistake of the lab must not look like a faulty pod
  }

  #object() {
    const memory = `${Math.floor(os.totalmem() / 1024)}Ki`
    const size = { cpu: `${os.cpus().length}`, 'ephemeral-storage': '20Gi', memory, pods: '110' }
    const now = timestamp()
    const condition = (type, status, reason, message) => ({ lastHeartbeatTime: now, lastTransitionTime: now, message, reason, status, type })
    return {
      metadata: { name: NODE_NAME, labels: { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': NODE_NAME, 'kubernetes.io/os': 'linux' } },
      spec: { podCIDR: '10.244.0.0/16', podCIDRs: ['10.244.0.0/16'] },
      status: {
        addresses: [{ address: ADDRESS, type: 'InternalIP' }, { address: NODE_NAME, type: 'Hostname' }], allocatable: size, capacity: size,
        conditions: [
          condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
          condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
          condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
          condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
        ],
        nodeInfo: {
          architecture: 'amd64', bootID: '', containerRuntimeVersion: 'containerd://lab', kernelVersion: os.release(), kubeProxyVersion: '', kubeletVersion: 'v1.33.0',
          machineID: '', operatingSystem: 'linux', osImage: 'lab', systemUUID: '',
        },
      },
    }
  }
}
