// The network of the lab: addresses of pods and Services, where connections to them go, and names, as a folder that
// tests/lab/container/pod.c reads in each process of a pod, and that this program reads for probes and port-forwards.
import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'

export const DNS_ADDRESS = '10.96.0.10'
const SERVER_ADDRESS = '10.96.0.1'
const NODE_RESOLVER = '192.0.2.53' // that of the node: it answers, and knows no name at all
const DOMAIN = 'cluster.local'

const dotted = (base, n) => `${base}.${n >> 8}.${n & 255}`

export class Network {
  #pods = 3 // 10.244.0.1 is the node's own, 2 and 3 the resolver's
  #services = 20
  #made = 0

  constructor(folder) {
    this.folder = folder
    for (const name of ['addresses', 'names', 'resolvers']) mkdirSync(path.join(folder, name), { recursive: true })
    for (const ip of [SERVER_ADDRESS, DNS_ADDRESS]) this.#address(ip, true)
    this.#link('names', `kubernetes.default.svc.${DOMAIN}`, SERVER_ADDRESS)
    this.#link('resolvers', NODE_RESOLVER, 'nothing')
  }

  // The API server's Service leads to PORT of this machine.
  serveApi(port) {
    this.#link(path.join('addresses', SERVER_ADDRESS), '443', `${port}`)
  }

  newPodAddress() {
    const ip = dotted('10.244', ++this.#pods)
    this.#address(ip, false)
    return ip
  }

  newServiceAddress = () => dotted('10.96', ++this.#services)

  // What POD has in its resolv.conf.
  resolvConf({ metadata: { namespace }, spec: { dnsPolicy, dnsConfig = {} } }) {
    const own = dnsConfig.nameservers ?? []
    const base = {
      ClusterFirst: { nameservers: [DNS_ADDRESS], searches: [`${namespace}.svc.${DOMAIN}`, `svc.${DOMAIN}`, DOMAIN], options: ['ndots:5'] },
      Default: { nameservers: [NODE_RESOLVER], searches: [], options: [] },
      None: { nameservers: [], searches: [], options: [] },
    }[dnsPolicy] ?? { nameservers: [DNS_ADDRESS], searches: [], options: [] }
    const searches = [...base.searches, ...(dnsConfig.searches ?? [])]
    const options = [...base.options, ...(dnsConfig.options ?? []).map(({ name, value }) => (value ? `${name}:${value}` : name))]
    return [
      ...(searches.length ? [`search ${searches.join(' ')}`] : []), ...[...base.nameservers, ...own].map((n) => `nameserver ${n}`),
      ...(options.length ? [`options ${options.join(' ')}`] : []), '',
    ].join('\n')
  }

  // The processes of the pod at IP have ended: nothing listens there any more.
  closePorts(ip) {
    for (const name of this.#entries(ip)) if (/^(lo-)?\d+$/.test(name)) rmSync(this.#path('addresses', ip, name), { force: true })
  }

  removePod(ip) {
    rmSync(this.#path('addresses', ip), { recursive: true, force: true })
  }

  // ROUTES is {port: [{ip, port}]}: the ready endpoints of each port that the Service serves.
  setService(ip, routes) {
    this.#address(ip, true)
    for (const name of this.#entries(ip)) if (/^\d+$/.test(name) && !(name in routes)) rmSync(this.#path('addresses', ip, name), { force: true })
    for (const [port, ends] of Object.entries(routes)) {
      this.#link(path.join('addresses', ip), port, ends.map((e) => `${e.ip}:${e.port}`).join(' ') || 'nobody')
    }
  }

  removeService(ip) {
    rmSync(this.#path('addresses', ip), { recursive: true, force: true })
  }

  // The name of a Service leads to IPS; to nothing when there are none.
  setName(service, namespace, ips) {
    const name = `${service}.${namespace}.svc.${DOMAIN}`
    if (ips.length) this.#link('names', name, ips.join(' '))
    else rmSync(this.#path('names', name), { force: true })
  }

  // The name of a Service is an alias of the whole name OTHER.
  setAlias(service, namespace, other) {
    this.#link('names', `${service}.${namespace}.svc.${DOMAIN}`, `=${other.replace(/\.$/, '').toLowerCase()}`)
  }

  // Whether the cluster's resolver answers.
  setNamesUp(up) {
    if (up) this.#link('resolvers', DNS_ADDRESS, 'names')
    else rmSync(this.#path('resolvers', DNS_ADDRESS), { force: true })
  }

  // Packets from the pods at the addresses FROM to the pod at IP vanish, and no others.
  setDenied(ip, from) {
    const wanted = new Set(from.map((f) => `deny-${f}`))
    for (const name of this.#entries(ip)) if (name.startsWith('deny-') && !wanted.has(name)) rmSync(this.#path('addresses', ip, name), { force: true })
    for (const name of wanted) writeFileSync(this.#path('addresses', ip, name), '')
  }

  // The machine's port behind PORT of the pod at IP, or undefined where nothing listens; LOOPBACK: from within the pod.
  realPort(ip, port, loopback = false) {
    const text = this.#text('addresses', ip, `${port}`) ?? (loopback ? this.#text('addresses', ip, `lo-${port}`) : undefined)
    return text && /^\d+$/.test(text) ? Number(text) : undefined
  }

  // A connection to a pod's port, as the node makes it: no policy holds it back. Rejects with the words of Go's dialler.
  dial(ip, port, { loopback = false, timeout = 10000 } = {}) {
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`dial tcp${loopback ? '4' : ''} ${loopback ? '127.0.0.1' : ip}:${port}: ${why}`))
      const real = this.realPort(ip, port, loopback)
      if (real === undefined) {
        fail('connect: connection refused')
        return
      }
      const socket = net.connect({ host: '127.0.0.1', port: real, noDelay: true, allowHalfOpen: true })
      const timer = setTimeout(() => {
        socket.destroy()
        fail('i/o timeout')
      }, timeout)
      socket.once('connect', () => {
        clearTimeout(timer)
        socket.removeAllListeners('error')
        resolve(socket)
      })
      socket.once('error', () => {
        clearTimeout(timer)
        fail('connect: connection refused')
      })
    })
  }

  #path(...parts) {
    return path.join(this.folder, ...parts)
  }

  #entries(ip) {
    try {
      return readdirSync(this.#path('addresses', ip))
    } catch {
      return []
    }
  }

  #address(ip, drop) {
    mkdirSync(this.#path('addresses', ip), { recursive: true })
    if (drop) writeFileSync(this.#path('addresses', ip, 'drop'), '')
  }

  #text(...parts) {
    try {
      return readlinkSync(this.#path(...parts))
    } catch {
      return undefined
    }
  }

  // In one step: readers see the old text or the new one.
  #link(folder, name, text) {
    if (this.#text(folder, name) === text) return
    const temporary = this.#path(`.link-${++this.#made}`)
    symlinkSync(text, temporary)
    renameSync(temporary, this.#path(folder, name))
  }
}
