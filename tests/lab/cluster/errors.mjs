// What the API server refuses, in its words. Thrown anywhere below the server, answered as a Status object.
import { qualified } from './resources.mjs'

export class ApiError extends Error {
  constructor(code, reason, message, details) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  status() {
    return {
      kind: 'Status', apiVersion: 'v1', metadata: this.metadata ?? {}, status: 'Failure', message: this.message,
      ...(this.reason ? { reason: this.reason } : {}), ...(this.details ? { details: this.details } : {}), code: this.code,
    }
  }
}

// An answer in plain text: that of the kubelet, or of a handler that knows no Status. Without text it is the
// handshake's own.
export class PlainError extends Error {
  constructor(code, text = '') {
    super(text)
    this.code = code
  }
}

// The order of the real server's members: name, group, kind.
const details = (resource, name, more) => ({
  ...(name ? { name } : {}), ...(resource.group ? { group: resource.group } : {}), kind: resource.plural, ...more,
})

export const notFound = (resource, name) =>
  new ApiError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, details(resource, name))

export const alreadyExists = (resource, name) =>
  new ApiError(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, details(resource, name))

export const conflict = (resource, name, why) =>
  new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, details(resource, name))

export const modified = (resource, name) =>
  conflict(resource, name, 'the object has been modified; please apply your changes to the latest version and try again')

export const forbidden = (resource, name, why, more) =>
  new ApiError(403, 'Forbidden', `${qualified(resource)}${name ? ` "${name}"` : ''} is forbidden: ${why}`, details(resource, name, more))

export const badRequest = (message) => new ApiError(400, 'BadRequest', message)

export const expired = (message) => new ApiError(410, 'Expired', message)

// CAUSES are {field, reason, message}; the Status names the kind, not the plural.
export function invalid(resource, name, causes) {
  const told = causes.map((c) => `${c.field}: ${c.message}`)
  const text = told.length === 1 ? told[0] : `[${told.join(', ')}]`
  return new ApiError(422, 'Invalid', `${resource.kind}${resource.group ? `.${resource.group}` : ''} "${name}" is invalid: ${text}`, {
    ...(name ? { name } : {}), ...(resource.group ? { group: resource.group } : {}), ...(resource.kind ? { kind: resource.kind } : {}),
    causes: causes.map(({ field, reason, message }) => ({ reason, message, field })),
  })
}
