// Who asks: a client certificate of the lab's authority, or a ServiceAccount's token; and who they ask as.
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { ApiError, PlainError } from './errors.mjs'

const ISSUER = 'https://kubernetes.default.svc'
const ANONYMOUS = { username: 'system:anonymous', groups: ['system:unauthenticated'], extra: {} }

const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized')
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

export class Tokens {
  #key = randomBytes(32)

  constructor(store) {
    this.store = store
  }

  #sign(text) {
    return createHmac('sha256', this.#key).update(text).digest('base64url')
  }

  // A TokenRequest answered: the token of a ServiceAccount, for the time that is asked for.
  request(namespace, name, body) {
    const account = this.store.get('serviceaccounts', namespace, name)
    const { audiences = [ISSUER], expirationSeconds = 3600, boundObjectRef = null } = body.spec ?? {}
    if (expirationSeconds < 600) {
      const why = `Invalid value: ${expirationSeconds}: may not specify a duration less than 10 minutes`
      throw new ApiError(422, 'Invalid', `TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: ${why}`, {
        group: 'authentication.k8s.io', kind: 'TokenRequest', causes: [{ reason: 'FieldValueInvalid', message: why, field: 'spec.expirationSeconds' }],
      })
    }
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      aud: audiences, exp: now + expirationSeconds, iat: now, iss: ISSUER, jti: randomUUID(),
      'kubernetes.io': { namespace, serviceaccount: { name, uid: account.metadata.uid } }, nbf: now,
      sub: `system:serviceaccount:${namespace}:${name}`,
    }
    const text = `${part({ alg: 'HS256', kid: 'lab' })}.${part(claims)}`
    const time = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
    return {
      kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: { name, namespace, creationTimestamp: time(now) },
      spec: { audiences, expirationSeconds, boundObjectRef },
      status: { token: `${text}.${this.#sign(text)}`, expirationTimestamp: time(claims.exp) },
    }
  }

  // The user that TOKEN stands for, or undefined; a token ends with its ServiceAccount.
  user(token) {
    const [header, claims, signature] = token.split('.')
    if (!signature) return undefined
    const expected = Buffer.from(this.#sign(`${header}.${claims}`))
    const given = Buffer.from(signature)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const { namespace, serviceaccount } = said['kubernetes.io']
    const account = this.store.peek('serviceaccounts', namespace, serviceaccount.name)
    if (said.exp * 1000 < Date.now() || !said.aud.includes(ISSUER) || account?.metadata.uid !== serviceaccount.uid) return undefined
    return serviceAccount(namespace, serviceaccount.name, serviceaccount.uid, { 'authentication.kubernetes.io/credential-id': [`JTI=${said.jti}`] })
  }
}

function serviceAccount(namespace, name, uid, extra) {
  return {
    username: `system:serviceaccount:${namespace}:${name}`, ...(uid ? { uid } : {}),
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'], extra,
  }
}

const list = (value) => (value === undefined ? [] : [value].flat())

// The user of REQUEST, an IncomingMessage of either version of HTTP; throws 401.
export function authenticate(request, tokens) {
  const { socket } = request
  const { subject } = socket.getPeerCertificate?.() ?? {}
  if (subject) {
    if (!socket.authorized) throw unauthorized()
    return { username: subject.CN, groups: [...list(subject.O), 'system:authenticated'], extra: {} }
  }
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? socketToken(request)
  if (bearer) {
    const user = tokens.user(bearer)
    if (!user) throw unauthorized()
    return user
  }
  if (request.headers.authorization) throw unauthorized()
  return ANONYMOUS
}

// A browser's WebSocket cannot set headers: the token may come as a subprotocol.
function socketToken(request) {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((p) => p.trim())
  const found = offered.find((p) => p.startsWith('base64url.bearer.authorization.k8s.io.'))
  return found && Buffer.from(found.split('.').at(-1), 'base64url').toString()
}

// The user that REQUEST asks to act as, if USER may. AUTHORIZER is that of rbac.mjs.
export function impersonate(request, user, authorizer) {
  const name = request.headers['impersonate-user']
  const groups = list(request.headers['impersonate-group']).flatMap((g) => g.split(/,\s*/))
  if (!name) {
    if (groups.length) throw new PlainError(500, `Internal Server Error: ${JSON.stringify(request.url)}: requested [{Group  ${groups[0]}    }] without impersonating a user\n`)
    return user
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name)
  const asked = [
    account ? { resource: 'serviceaccounts', namespace: account[1], name: account[2] } : { resource: 'users', name },
    ...groups.map((group) => ({ resource: 'groups', name: group })),
  ]
  for (const attributes of asked) authorizer.require(user, { verb: 'impersonate', group: '', ...attributes })
  if (account && groups.length === 0) return serviceAccount(account[1], account[2], undefined, {})
  return { username: name, groups: [...groups, 'system:authenticated'].filter((g, i, all) => all.indexOf(g) === i), extra: {} }
}

