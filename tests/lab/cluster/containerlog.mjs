// What a container wrote, line by line with the time of each, as a container runtime keeps it on disk and the
// kubelet hands it out.
import { StringDecoder } from 'node:string_decoder'

const CAP = 10 * 1024 * 1024 // as a kubelet's containerLogMaxSize; what is older goes

// RFC 3339 with nanoseconds; the machine's clock gives no more than microseconds.
const stamp = () => {
  const now = performance.timeOrigin + performance.now()
  const micro = Math.floor((now % 1) * 1000)
  return `${new Date(now).toISOString().slice(0, 23)}${String(micro).padStart(3, '0')}000Z`
}

export class ContainerLog {
  #lines = [] // {time, text}: text ends with a newline, unless the container ended in the middle of a line
  #size = 0
  #followers = new Set()
  ended = false

  // A function that takes the chunks of one of the container's streams.
  sink() {
    const decoder = new StringDecoder('utf8')
    let begun = ''
    const take = (text, last) => {
      const lines = (begun + text).split('\n')
      begun = lines.pop()
      for (const line of lines) this.#add(`${line}\n`)
      if (last && begun) this.#add(begun)
    }
    return { write: (chunk) => take(decoder.write(chunk)), end: () => take(decoder.end(), true) }
  }

  #add(text) {
    const line = { time: stamp(), text }
    this.#lines.push(line)
    this.#size += text.length
    while (this.#size > CAP && this.#lines.length > 1) this.#size -= this.#lines.shift().text.length
    for (const follower of [...this.#followers]) follower.line(line)
  }

  end() {
    this.ended = true
    for (const follower of [...this.#followers]) follower.end()
  }

  // Calls WRITE(buffer) with what the options ask for; resolves at the end, which for FOLLOW is the container's, or
  // when SIGNAL aborts.
  async read({ tailLines, limitBytes, sinceSeconds, sinceTime, timestamps, follow, signal }, write) {
    const since = sinceTime ? Date.parse(sinceTime) : sinceSeconds ? Date.now() - sinceSeconds * 1000 : 0
    let lines = since ? this.#lines.filter((l) => Date.parse(l.time) >= since) : this.#lines
    if (tailLines !== undefined && tailLines >= 0) lines = tailLines === 0 ? [] : lines.slice(-tailLines)
    let left = limitBytes ?? Infinity
    const give = ({ time, text }) => {
      if (left <= 0) return
      const bytes = Buffer.from(timestamps ? `${time} ${text}` : text).subarray(0, Number.isFinite(left) ? left : undefined)
      left -= bytes.length
      write(bytes)
    }
    for (const line of lines) give(line)
    if (!follow || this.ended || left <= 0) return
    await new Promise((resolve) => {
      const follower = {
        line: (l) => {
          give(l)
          if (left <= 0) follower.end()
        },
        end: () => {
          this.#followers.delete(follower)
          resolve()
        },
      }
      this.#followers.add(follower)
      signal?.addEventListener('abort', follower.end, { once: true })
    })
  }
}
