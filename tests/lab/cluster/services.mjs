// What a Service is allotted by the server, and what it loses when its type changes.

const BALANCED = ['externalTrafficPolicy', 'allocateLoadBalancerNodePorts']
const ADDRESSED = ['clusterIP', 'clusterIPs', 'internalTrafficPolicy', 'ipFamilies', 'ipFamilyPolicy']
const LEFT = { ExternalName: [...ADDRESSED, ...BALANCED], ClusterIP: BALANCED, NodePort: ['allocateLoadBalancerNodePorts'], LoadBalancer: [] }

const hasNodePorts = ({ type }) => type === 'NodePort' || type === 'LoadBalancer'

function leaveType(spec, old) {
  for (const field of LEFT[spec.type] ?? []) delete spec[field]
  if (hasNodePorts(spec)) return
  for (const port of spec.ports ?? []) if (old.ports?.some((p) => p.nodePort === port.nodePort)) delete port.nodePort
}

// Gives SERVICE, which takes the place of OLD (undefined: it is new), its addresses and ports from STORE's allocators.
export function allocate({ spec }, old, store) {
  if (old && spec.type !== old.spec.type) leaveType(spec, old.spec)
  if (spec.type === 'ExternalName') return
  spec.clusterIP ||= old?.spec.clusterIP || store.allocateClusterIP()
  spec.clusterIPs = [spec.clusterIP]
  if (hasNodePorts(spec)) for (const port of spec.ports ?? []) port.nodePort ??= store.allocateNodePort()
}
