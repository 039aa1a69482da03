// As much of SPDY/3.1, server side, as clients of Kubernetes use: streams that they open, data both ways, pings.
// There is no flow control, as they do none.
import { EventEmitter } from 'node:events'
import { Duplex } from 'node:stream'
import zlib from 'node:zlib'

const [SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY] = [1, 2, 3, 6, 7]
const FIN = 1
const CANCEL = 5
const LARGEST = 1 << 20 // bytes of a frame

// The dictionary that header blocks are compressed with, as SPDY/3 defines it: words with their length before them,
// then plain text.
const WORDS = [
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow',
  'authorization cache-control connection content-base content-encoding content-language content-length',
  'content-location content-md5 content-range content-type date etag expect expires from host if-match',
  'if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma',
  'proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade',
  'user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie',
  'keep-alive origin',
].join(' ').split(' ').map((w) => w.replace('_', ' '))
const TEXT = [
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505',
  '203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden',
  '404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable',
  'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT',
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,',
  'publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.',
].join('')

const number = (value) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export const dictionary = Buffer.concat([...WORDS.flatMap((w) => [number(w.length), Buffer.from(w)]), Buffer.from(TEXT)])

// One direction of header compression: its state lasts as long as the session, so blocks go through one by one.
class Codec {
  #last = Promise.resolve()

  constructor(stream) {
    this.stream = stream
    stream.on('error', () => {}) // told by the callback
  }

  pass(block) {
    this.#last = this.#last.then(() => new Promise((resolve, reject) => {
      const out = []
      const take = (chunk) => out.push(chunk)
      this.stream.on('data', take)
      this.stream.once('error', reject)
      this.stream.write(block)
      this.stream.flush(zlib.constants.Z_SYNC_FLUSH, () => {
        this.stream.off('data', take)
        this.stream.off('error', reject)
        resolve(Buffer.concat(out))
      })
    }))
    return this.#last
  }
}

function readHeaders(block) {
  const headers = {}
  let at = 4
  const text = () => {
    const length = block.readUInt32BE(at)
    const value = block.toString('utf8', at + 4, at + 4 + length)
    at += 4 + length
    return value
  }
  for (let left = block.readUInt32BE(0); left > 0; left--) {
    const name = text().toLowerCase()
    headers[name] = text()
  }
  return headers
}

class SpdyStream extends Duplex {
  constructor(session, id) {
    super({ allowHalfOpen: true })
    this.session = session
    this.id = id
  }

  _read() {}

  _write(chunk, encoding, done) {
    this.session.data(this.id, chunk, 0, done)
  }

  _final(done) {
    this.session.data(this.id, Buffer.alloc(0), FIN, done)
  }

  // Ends it both ways.
  reset() {
    this.session.control(RST_STREAM, 0, Buffer.concat([number(this.id), number(CANCEL)]))
    this.destroy()
  }
}

// Emits 'stream' (a Duplex, and the headers it was opened with, names in lower case) and 'close'.
export class SpdySession extends EventEmitter {
  #input = Buffer.alloc(0)
  #streams = new Map()
  #inflate = new Codec(zlib.createInflate({ dictionary }))
  #deflate = new Codec(zlib.createDeflate({ dictionary }))
  #work = Promise.resolve()

  constructor(connection) {
    super()
    this.setMaxListeners(0)
    this.connection = connection
    connection.on('data', (bytes) => {
      this.#input = Buffer.concat([this.#input, bytes])
      this.#frames()
    })
    connection.on('error', () => {}) // 'close' follows
    connection.on('end', () => connection.end())
    connection.on('close', () => {
      for (const stream of this.#streams.values()) stream.destroy()
      this.emit('close')
    })
  }

  data(id, bytes, flags, done) {
    this.#send(Buffer.concat([number(id), lengthAndFlags(bytes.length, flags), bytes]), done)
  }

  control(type, flags, payload) {
    this.#send(Buffer.concat([Buffer.from([0x80, 3, 0, type]), lengthAndFlags(payload.length, flags), payload]))
  }

  #send(frame, done) {
    if (this.connection.destroyed || this.connection.writableEnded) done?.()
    else this.connection.write(frame, () => done?.())
  }

  #frames() {
    while (this.#input.length >= 8) {
      const length = this.#input.readUInt32BE(4) & 0xffffff
      if (length > LARGEST) return this.connection.destroy()
      if (this.#input.length < 8 + length) return
      const frame = this.#input.subarray(0, 8 + length)
      this.#input = this.#input.subarray(8 + length)
      // Headers take their time to inflate; what comes behind them waits.
      this.#work = this.#work.then(() => this.#frame(frame)).catch(() => this.connection.destroy())
    }
  }

  async #frame(frame) {
    const flags = frame[4]
    const payload = frame.subarray(8)
    if (!(frame[0] & 0x80)) {
      const stream = this.#streams.get(frame.readUInt32BE(0))
      if (payload.length) stream?.push(payload)
      if (flags & FIN) stream?.push(null)
      return
    }
    const type = frame.readUInt16BE(2)
    if (type === SYN_STREAM) await this.#open(payload, flags)
    else if (type === RST_STREAM) this.#streams.get(payload.readUInt32BE(0))?.destroy()
    else if (type === PING) this.control(PING, 0, payload)
    else if (type === GOAWAY) this.connection.end()
  }

  async #open(payload, flags) {
    const id = payload.readUInt32BE(0) & 0x7fffffff
    const headers = readHeaders(await this.#inflate.pass(payload.subarray(10)))
    const stream = new SpdyStream(this, id)
    stream.on('error', () => {})
    stream.on('close', () => this.#streams.delete(id))
    this.#streams.set(id, stream)
    if (flags & FIN) stream.push(null)
    this.control(SYN_REPLY, 0, Buffer.concat([number(id), await this.#deflate.pass(number(0))]))
    this.emit('stream', stream, headers)
  }
}

function lengthAndFlags(length, flags) {
  const bytes = number(length)
  bytes[0] = flags
  return bytes
}
