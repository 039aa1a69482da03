// What only the node itself can do to its pods. There is a node to speak of where this machine runs kube-proxy and we
// are root; elsewhere tests that need it are skipped.
import { execFileSync } from 'node:child_process'
import { has } from './capabilities.mjs'
import { execute, get } from './cluster.mjs'

export const onNode = (() => {
  if (process.getuid() !== 0 || !has('packets')) return false
  try {
    execFileSync('iptables', ['-w', '-n', '-L', 'KUBE-FORWARD'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

export const NOT_ON_NODE = has('packets') ? 'this machine is no node of the cluster, or we are not root' : 'the cluster lacks packets'

async function iptables(...args) {
  const { code, err } = await execute('iptables', ['-w', ...args], { seconds: 20 })
  if (code !== 0) throw new Error(`iptables ${args.join(' ')}: ${code} ${err.trim()}`)
}

const podsOf = async (namespace, app) =>
  (await get(`/api/v1/namespaces/${namespace}/pods`)).items.filter((p) => p.metadata.labels?.app === app && p.status.podIP)

// By namespace: the rules to delete again.
const rules = new Map()

// First in the chain: what kube-proxy accepts would never come to a rule behind its own.
async function insert(namespace, rule) {
  const own = [...rule, '-m', 'comment', '--comment', namespace]
  rules.set(namespace, [...(rules.get(namespace) ?? []), own])
  await iptables('-I', 'FORWARD', ...own)
}

// Ends all traffic from pods labelled app=FROM to those labelled app=TO, as they are now. HOW is what iptables is to do.
export const cut = (from, to, how = ['DROP']) => async (namespace) => {
  const [sources, targets] = await Promise.all([podsOf(namespace, from), podsOf(namespace, to)])
  if (sources.length === 0 || targets.length === 0) throw new Error(`no pods to part: ${sources.length} and ${targets.length}`)
  for (const source of sources) {
    for (const target of targets) await insert(namespace, ['-s', source.status.podIP, '-d', target.status.podIP, '-j', ...how])
  }
}

// Ends what pods labelled app=FROM ask of the cluster's DNS, at its pods: the Service's address is rewritten by then.
export const cutDNS = (from) => async (namespace) => {
  for (const pod of await podsOf(namespace, from)) {
    for (const protocol of ['udp', 'tcp']) {
      await insert(namespace, ['-s', pod.status.podIP, '-p', protocol, '--dport', '53', '-j', 'DROP'])
    }
  }
}

export async function mend(namespace) {
  for (const rule of rules.get(namespace) ?? []) await iptables('-D', 'FORWARD', ...rule).catch(() => {})
  rules.delete(namespace)
}
