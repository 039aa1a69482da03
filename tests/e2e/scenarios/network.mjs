// Between the cart and DynamoDB: packets that get lost, names that nobody answers, Services of other forms, and
// containers that nothing can look from.
import { get, kubectl, until } from '../cluster.mjs'
import { available, cartCrashed, dbAnswers, scaledToZero } from '../conditions.mjs'
import { ENDPOINT } from '../manifest.mjs'
import { cut, cutDNS, mend, NOT_ON_NODE, onNode } from '../node.mjs'
import { HEALTHY } from '../scenario.mjs'

const one = (id, failed, more) => ({ rootCauses: [id], failed, ...more })
const objects = { 'db-deployment': 'pass', 'db-service': 'pass', endpoint: 'pass' }

// The cluster's network need not enforce it: that it is there, and whom it selects, is what is told.
const denyAll = (name, app, type) => ({
  apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name },
  spec: { podSelector: { matchLabels: { app } }, policyTypes: [type] },
})

// Programs lie in one folder, which is hidden; the JVM has its own.
const withoutPrograms = (container) => {
  container.command = ['/usr/lib/jvm/java-17-openjdk-amd64/bin/java', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-jar', '/app/app.jar']
  container.volumeMounts = [{ name: 'nothing', mountPath: '/usr/bin' }, { name: 'nothing', mountPath: '/usr/sbin' }]
}

const bare = (app) => {
  withoutPrograms(app.container)
  app.cart.spec.template.spec.volumes = [{ name: 'nothing', emptyDir: {} }]
}

const ownResolver = (address) => (app) => {
  Object.assign(app.cart.spec.template.spec, { dnsPolicy: 'None', dnsConfig: { nameservers: [address] } })
}

const unknownHost = cartCrashed(/UnknownHostException: dynamodb/)

const onlyOnNode = (rows) => rows.map((row) => ({ ...row, skip: onNode ? undefined : NOT_ON_NODE, undo: mend }))

export const network = [
  ...onlyOnNode([
    {
      // The running cart loses its database: no log has it yet.
      name: 'packets-dropped',
      then: { act: cut('cart', 'dynamodb') },
      expect: one('network-blocked', [], {
        verdicts: { ...objects, 'cart-logs': 'pass' }, checks: { tcp: /does not answer .*its pod at .* the same$/, dns: /→/ },
        facts: { 'tcp.outcome': 'timeout', 'tcp.pod_outcome': 'timeout', 'tcp.policies': undefined },
      }),
    },
    {
      name: 'packets-dropped-policies',
      mutate: (app) => {
        app.others.push(denyAll('cart-out', 'cart', 'Egress'), denyAll('db-in', 'dynamodb', 'Ingress'), denyAll('front', 'frontend', 'Ingress'))
      },
      then: { act: async (namespace) => {
        await cut('cart', 'dynamodb')(namespace)
        await kubectl(['-n', namespace, 'exec', 'deploy/cart-deployment', '--', 'sh', '-c', 'kill 1'])
      }, waitFor: cartCrashed(/Connect timed out/) },
      expect: one('network-blocked', ['cart-logs'], {
        verdicts: objects, mentions: ['networkpolicy/cart-out (egress of deployment/cart-deployment)', 'networkpolicy/db-in'], mentionsNot: ['front'],
      }),
    },
    {
      // A firewall that says no is not one that says nothing.
      name: 'packets-prohibited',
      then: { act: cut('cart', 'dynamodb', ['REJECT', '--reject-with', 'icmp-admin-prohibited']) },
      expect: one('network-blocked', [], { verdicts: objects, facts: { 'tcp.outcome': 'unreachable' } }),
    },
    {
      // Only the cart's questions for names get lost: the cluster's DNS is well.
      name: 'dns-dropped',
      then: { act: cutDNS('cart') },
      expect: one('dns-down', [], { verdicts: objects, checks: { dns: /neither is kubernetes.default.svc/ }, facts: { 'dns.servers': 1 } }),
    },
  ]),
  {
    // The pod asks a resolver of its own, and nobody is there.
    name: 'dns-of-its-own',
    mutate: ownResolver('127.0.0.1'),
    cartLast: dbAnswers,
    waitFor: unknownHost,
    expect: one('dns-down', ['cart-logs'], { verdicts: objects, mentions: ['dnsPolicy'] }),
    fixWorks: true,
  },
  {
    // The node's resolver answers, and knows no name of the cluster: to the cart it reads like a wrong host.
    name: 'dns-of-the-node',
    mutate: (app) => { app.cart.spec.template.spec.dnsPolicy = 'Default' },
    cartLast: dbAnswers,
    waitFor: unknownHost,
    expect: one('dns-down', ['cart-logs'], { verdicts: objects, mentions: ['dnsPolicy Default'] }),
  },
  {
    // The hosts file of the pod is asked before DNS: everything is right, and only the cart goes elsewhere.
    name: 'host-alias',
    mutate: (app) => { app.cart.spec.template.spec.hostAliases = [{ ip: '127.0.0.1', hostnames: ['dynamodb'] }] },
    cartLast: dbAnswers,
    waitFor: cartCrashed(/Connection refused/),
    expect: one('name-leads-elsewhere', ['cart-logs'], { verdicts: objects }),
    fixWorks: true,
  },
  {
    name: 'service-headless',
    mutate: (app) => { app.dbService.spec.clusterIP = 'None' },
    expect: { ...HEALTHY, verdicts: { ...HEALTHY.verdicts, 'db-service': 'warn' }, checks: { dns: /→ 10\..*, as its Service/, tcp: /^connected/ } },
  },
  {
    // The documented name leads by an alias to the Service that has the database: it works, and is not as documented.
    name: 'service-external-name',
    mutate: (app, namespace) => {
      const real = structuredClone(app.dbService)
      real.metadata.name = 'dynamodb-real'
      app.others.push(real)
      app.dbService.spec = { type: 'ExternalName', externalName: `dynamodb-real.${namespace}.svc.cluster.local` }
    },
    expect: one('db-service-type', ['db-service'], { verdicts: { 'cart-logs': 'pass' }, checks: { dns: /as its Service/, tcp: /^connected/ } }),
  },
  {
    name: 'service-external-name-nowhere',
    mutate: (app) => { app.dbService.spec = { type: 'ExternalName', externalName: 'no-such-host.invalid' } },
    cartLast: available('dynamodb'),
    waitFor: unknownHost,
    expect: one('db-service-external-name', ['db-service', 'cart-logs'], { verdicts: { 'db-deployment': 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'no-shell',
    mutate: bare,
    expect: { rootCauses: [], failed: [], exit: 2, verdicts: { ...objects, 'cart-logs': 'pass' }, checks: { dns: /has no shell: .*debug.*in the cluster/, tcp: /has no shell/ } },
  },
  {
    name: 'no-shell-endpoint-host',
    mutate: (app) => {
      bare(app)
      app.set(ENDPOINT, 'http://dynamo:8000')
    },
    cartLast: dbAnswers,
    waitFor: cartCrashed(/UnknownHostException: dynamo$/m),
    expect: one('endpoint-host', ['endpoint', 'cart-logs'], {}),
  },
]

// Everybody's names go with it, so it has the cluster to itself.
const DNS = '/apis/apps/v1/namespaces/kube-system/deployments/coredns'
let replicas = 1

const scaleDNS = (count) => kubectl(['-n', 'kube-system', 'scale', 'deploy/coredns', `--replicas=${count}`])

async function stopDNS() {
  replicas = (await get(DNS)).spec.replicas || replicas
  await scaleDNS(0)
  await until('kube-system', scaledToZero('coredns'))
}

async function startDNS() {
  await scaleDNS(replicas)
  await until('kube-system', available('coredns'))
}

export const exclusive = [
  {
    name: 'dns-down',
    exclusive: true,
    undo: startDNS,
    then: { act: stopDNS },
    expect: one('dns-down', [], {
      verdicts: objects, checks: { dns: /neither is kubernetes.default.svc/ }, facts: { 'dns.servers': 0 }, mentions: ['no ready endpoint'],
    }),
  },
]
