// Claims for volumes: bound to the PersistentVolume that is meant for them or fits, or to one that is made for them, a
// folder of the node. A made one goes with its claim; another is released and kept.
import { rmSync } from 'node:fs'
import { quantity } from './quantity.mjs'

const MANAGER = { manager: 'kube-controller-manager' }
const STATUS = { subresource: 'status', ...MANAGER }
const CLASS = 'standard'
const PROVISIONER = 'lab/folder'
const DEFAULT = 'storageclass.kubernetes.io/is-default-class'

const isOf = (reference, claim) =>
  reference?.namespace === claim.metadata.namespace && reference.name === claim.metadata.name && (!reference.uid || reference.uid === claim.metadata.uid)

const fits = ({ spec, status }, claim) =>
  status?.phase === 'Available' && !spec.claimRef && (spec.storageClassName ?? '') === (claim.spec.storageClassName ?? '')
  && quantity(spec.capacity?.storage ?? '0') >= quantity(claim.spec.resources?.requests?.storage ?? '0')
  && claim.spec.accessModes.every((mode) => spec.accessModes?.includes(mode))

export class Claims {
  // HOSTFOLDER(path) is what the lab takes for a folder of the node.
  constructor({ store, hostFolder }) {
    Object.assign(this, { store, hostFolder })
    store.on('persistentvolumeclaims', ({ type, object }) => type === 'DELETED' && this.#release(object))
    store.create('storageclasses', {
      metadata: { name: CLASS, annotations: { [DEFAULT]: 'true' } }, provisioner: PROVISIONER, reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate',
    }, MANAGER)
  }

  reconcile(namespace) {
    for (const claim of this.store.list('persistentvolumeclaims', { namespace })) {
      if (!claim.spec.volumeName && !claim.metadata.deletionTimestamp) this.#serve(claim)
    }
  }

  #serve(claim) {
    const volumes = this.store.list('persistentvolumes')
    const meant = volumes.find((v) => isOf(v.spec.claimRef, claim))
    if (!meant && claim.spec.storageClassName === undefined) {
      const usual = this.store.list('storageclasses').find((c) => c.metadata.annotations?.[DEFAULT] === 'true')
      if (usual) claim.spec.storageClassName = usual.metadata.name
    }
    const found = meant ?? volumes.find((v) => fits(v, claim)) ?? this.#made(claim)
    if (found) this.#bind(claim, found)
  }

  #made({ metadata: { uid }, spec }) {
    if (this.store.peek('storageclasses', undefined, spec.storageClassName)?.provisioner !== PROVISIONER) return undefined
    const name = `pvc-${uid}`
    return this.store.create('persistentvolumes', {
      metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': PROVISIONER } },
      spec: {
        accessModes: spec.accessModes, capacity: { storage: spec.resources.requests.storage }, hostPath: { path: `/volumes/${name}`, type: 'DirectoryOrCreate' },
        persistentVolumeReclaimPolicy: 'Delete', storageClassName: CLASS, volumeMode: 'Filesystem',
      },
      status: { phase: 'Available' },
    }, MANAGER)
  }

  #bind({ metadata: { namespace, name, uid }, ...claim }, volume) {
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid }
    const bound = this.store.update('persistentvolumes', { ...volume, spec: { ...volume.spec, claimRef } }, MANAGER)
    this.store.update('persistentvolumes', { ...bound, status: { phase: 'Bound' } }, STATUS)
    const stored = this.store.peek('persistentvolumeclaims', namespace, name)
    const ours = this.store.update('persistentvolumeclaims', { ...stored, spec: { ...claim.spec, volumeName: volume.metadata.name } }, MANAGER)
    const status = { phase: 'Bound', accessModes: volume.spec.accessModes, capacity: volume.spec.capacity }
    this.store.update('persistentvolumeclaims', { ...ours, status }, STATUS)
  }

  #release(claim) {
    const volume = this.store.list('persistentvolumes').find((v) => v.spec.claimRef?.uid === claim.metadata.uid)
    if (!volume) return
    if (volume.spec.persistentVolumeReclaimPolicy === 'Delete' && volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by'] === PROVISIONER) {
      this.store.remove('persistentvolumes', undefined, volume.metadata.name)
      rmSync(this.hostFolder(volume.spec.hostPath.path), { recursive: true, force: true })
    } else this.store.update('persistentvolumes', { ...volume, status: { phase: 'Released' } }, STATUS)
  }
}
