// The ws package, from wherever Node or the system keeps it.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const PLACES = ['ws', '/usr/share/nodejs/ws', '/usr/lib/nodejs/ws', '/usr/lib/node_modules/ws', '/usr/local/lib/node_modules/ws']

function load() {
  for (const place of PLACES) {
    try {
      return require(place)
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
    }
  }
  throw new Error('the ws package is missing: install node-ws, or set NODE_PATH')
}

export const { WebSocket, WebSocketServer, createWebSocketStream } = load()
