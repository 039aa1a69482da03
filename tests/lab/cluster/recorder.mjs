// Events as their authors write them: repeated ones are counted, those of the scheduler have only an eventTime.
import { timestamp } from './store.mjs'

const microseconds = () => `${new Date().toISOString().slice(0, 23)}${String(Math.floor((performance.now() % 1) * 1000)).padStart(3, '0')}Z`

let sequence = BigInt(Date.now()) * 1000000n

export class Recorder {
  #store
  #known = new Map() // what an event is about → its name
  constructor(store) {
    this.#store = store
  }

  // ABOUT is {object, fieldPath}; AUTHOR is {component, host}.
  record({ object, fieldPath }, type, reason, message, { component, host }) {
    const { kind, apiVersion, metadata: { namespace, name, uid, resourceVersion } } = object
    const key = JSON.stringify([uid, fieldPath, type, reason, message, component])
    const now = timestamp()
    const known = this.#known.get(key)
    const old = known && this.#store.peek('events', namespace, known)
    if (old) {
      this.#try(() => this.#store.update('events', { ...old, count: old.count + 1, lastTimestamp: now }, { manager: component }))
      return
    }
    const event = this.#event(object, type, reason, message)
    Object.assign(event, {
      involvedObject: { apiVersion, kind, name, namespace, resourceVersion, uid, ...(fieldPath ? { fieldPath } : {}) },
      count: 1, firstTimestamp: now, lastTimestamp: now, eventTime: null,
      source: { component, ...(host ? { host } : {}) }, reportingComponent: component, reportingInstance: host ?? '',
    })
    this.#known.set(key, event.metadata.name)
    this.#try(() => this.#store.create('events', event, { manager: component }))
  }

  // The scheduler writes by the newer rules.
  recordScheduling(pod, type, reason, message, action) {
    const { namespace, name, uid, resourceVersion } = pod.metadata
    const event = this.#event(pod, type, reason, message)
    Object.assign(event, {
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, resourceVersion, uid }, action, eventTime: microseconds(),
      firstTimestamp: null, lastTimestamp: null, source: {}, reportingComponent: 'default-scheduler', reportingInstance: 'default-scheduler-lab',
    })
    this.#try(() => this.#store.create('events', event, { manager: 'kube-scheduler' }))
  }

  #event(object, type, reason, message) {
    sequence += 1000003n
    return { metadata: { namespace: object.metadata.namespace, name: `${object.metadata.name}.${sequence.toString(16)}` }, type, reason, message: message.slice(0, 1024) }
  }

  // A namespace that goes takes no more events.
  #try(write) {
    try {
      write()
    } catch (error) {
      if (!error.code) throw error
    }
  }
}
