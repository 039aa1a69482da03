// WebSocket frames by hand: a library would not send the broken ones that a client has to bear.
import { createHash } from 'node:crypto'

export const BINARY = 2
export const CLOSE = 8
export const PING = 9

export const acceptKey = (key) => createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

// A server's frame; RESERVED are bits 1 to 3 of its first byte, LENGTH what it claims (default: what it has).
export function frame(payload, { opcode = BINARY, final = true, reserved = 0, mask = false, length = payload.length } = {}) {
  const head = [(final ? 0x80 : 0) | (reserved << 4) | opcode]
  const flag = mask ? 0x80 : 0
  if (length < 126) head.push(flag | length)
  else if (length < 65536) head.push(flag | 126, length >> 8, length & 255)
  else {
    const long = Buffer.alloc(8)
    long.writeBigUInt64BE(BigInt(length))
    head.push(flag | 127, ...long)
  }
  return Buffer.concat([Buffer.from(head), mask ? Buffer.alloc(4) : Buffer.alloc(0), payload])
}

export function closing(code, reason = '') {
  const payload = Buffer.alloc(2 + reason.length)
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return frame(payload, { opcode: CLOSE })
}

// Reads a client's frames from bytes that come cut anywhere.
export class FrameReader {
  constructor(take) {
    this.take = take // called with {opcode, payload}
    this.pending = Buffer.alloc(0)
  }

  add(bytes) {
    this.pending = Buffer.concat([this.pending, bytes])
    for (let one = this.#next(); one; one = this.#next()) this.take(one)
  }

  #next() {
    const p = this.pending
    if (p.length < 2) return null
    let length = p[1] & 127
    let at = 2
    if (length === 126) {
      if (p.length < 4) return null
      length = p.readUInt16BE(2)
      at = 4
    } else if (length === 127) {
      if (p.length < 10) return null
      length = Number(p.readBigUInt64BE(2))
      at = 10
    }
    const masked = (p[1] & 128) !== 0
    if (p.length < at + (masked ? 4 : 0) + length) return null
    const mask = masked ? p.subarray(at, at + 4) : null
    at += masked ? 4 : 0
    const payload = Buffer.from(p.subarray(at, at + length))
    if (mask) for (let i = 0; i < length; i += 1) payload[i] ^= mask[i & 3]
    this.pending = p.subarray(at + length)
    return { opcode: p[0] & 15, payload }
  }
}
