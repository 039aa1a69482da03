// A whole lab: objects, API server, controllers, node. FOLDER is its own; PROGRAMS what tests/lab/programs has made.
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { startApi } from './api.mjs'
import { Controllers } from './controllers.mjs'
import { Network } from './network.mjs'
import { Node } from './node.mjs'
import { Recorder } from './recorder.mjs'
import { Store } from './store.mjs'

// What a folder of tests/lab/programs has.
export const programsIn = (folder) => ({ folder, init: path.join(folder, 'init'), preload: path.join(folder, 'pod.so'), bin: path.join(folder, 'bin') })

// Resolves to {kubeconfig, url, store, api, node, network, stop()} once requests are answered.
export async function startLab({ folder, programs, port = 0 }) {
  for (const name of ['network', 'pods', 'host']) rmSync(path.join(folder, name), { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const store = new Store()
  const network = new Network(path.join(folder, 'network'))
  const events = new Recorder(store)
  const api = await startApi({ store, folder: path.join(folder, 'api'), port })
  const hostFolder = (place) => {
    const own = path.join(folder, 'host', place)
    mkdirSync(own, { recursive: true })
    return own
  }
  const controllers = new Controllers({ store, network, events, authority: `${api.ca}`, hostFolder })
  const node = new Node({ store, network, events, programs: programsIn(programs), folder, hostFolder })
  api.node = node
  network.serveApi(Number(new URL(api.url).port))
  return {
    folder, kubeconfig: api.kubeconfig, url: api.url, store, api, node, network,
    stop: async () => {
      controllers.stop()
      await node.stop()
      await api.close()
    },
  }
}
