// Questions that are asked by creating an object: may I, what may I, who am I, a token please.
import { badRequest, invalid } from './errors.mjs'
import { parseJson } from './request.mjs'
import { timestamp } from './store.mjs'

const asAttributes = ({ resourceAttributes: r, nonResourceAttributes: n }) => (n
  ? { verb: n.verb, path: n.path }
  : { verb: r.verb, group: r.group ?? '', resource: r.resource ?? '', subresource: r.subresource || undefined, name: r.name || undefined, namespace: r.namespace || undefined })

function access(authorizer, user, body) {
  const spec = body.spec ?? {}
  if (!spec.resourceAttributes === !spec.nonResourceAttributes) {
    throw invalid({ kind: '', group: 'authorization.k8s.io' }, '', [{
      field: 'spec.resourceAttributes', reason: 'FieldValueInvalid', message: 'Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified',
    }])
  }
  const { allowed, reason } = authorizer.decide(user, asAttributes(spec))
  return { spec, status: { allowed, ...(reason ? { reason } : {}) } }
}

const userInfo = ({ username, uid, groups, extra }) => ({ username, ...(uid ? { uid } : {}), groups, ...(Object.keys(extra).length ? { extra } : {}) })
const another = ({ user = '', groups = [], uid, extra = {} }) => ({ username: user, groups, uid, extra })

const questions = {
  selfsubjectaccessreviews: ({ authorizer, user, body }) => access(authorizer, user, body),
  subjectaccessreviews: ({ authorizer, body }) => access(authorizer, another(body.spec ?? {}), body),
  localsubjectaccessreviews: ({ authorizer, body }) => access(authorizer, another(body.spec ?? {}), body),
  selfsubjectrulesreviews: ({ authorizer, user, body }) => {
    if (!body.spec?.namespace) throw badRequest('no namespace on request')
    return { spec: {}, status: authorizer.rules(user, body.spec.namespace) }
  },
  selfsubjectreviews: ({ user }) => ({ metadata: { creationTimestamp: timestamp() }, status: { userInfo: userInfo(user) } }),
  tokenreviews: ({ tokens, body }) => {
    const user = tokens.user(body.spec?.token ?? '')
    return { spec: body.spec, status: user ? { authenticated: true, user: userInfo(user), audiences: ['https://kubernetes.default.svc'] } : { user: {}, error: 'invalid bearer token' } }
  },
}

// CONTEXT: {authorizer, tokens, user}.
export function review({ resource }, text, context) {
  const body = parseJson(text)
  if (!body) throw badRequest('unexpected end of JSON input')
  const answered = questions[resource.plural]?.({ ...context, body })
  if (!answered) throw badRequest(`the lab does not answer ${resource.plural}`)
  return { code: 201, body: { kind: resource.kind, apiVersion: `${resource.group}/${resource.version}`, metadata: { creationTimestamp: null }, ...answered } }
}
