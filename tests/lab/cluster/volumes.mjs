// The volumes of a pod as folders of the machine, and where its containers see them.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fieldOf } from './env.mjs'

const SECRET_LIKE = ['secret', 'configMap', 'projected', 'downwardAPI']

// Why a volume is not there; the kubelet tells it by an event, and tries again.
export class VolumeError extends Error {}

// The files of a Secret or ConfigMap: [path, content]; ITEMS choose some and name them.
function filesOf(kind, name, found, { items, optional }) {
  if (!found && !optional) throw new VolumeError(`${kind.toLowerCase()} "${name}" not found`)
  const data = Object.fromEntries([
    ...Object.entries(found?.data ?? {}).map(([k, v]) => [k, kind === 'Secret' ? Buffer.from(v, 'base64') : v]),
    ...Object.entries(found?.binaryData ?? {}).map(([k, v]) => [k, Buffer.from(v, 'base64')]),
  ])
  if (!items) return Object.entries(data)
  return items.flatMap(({ key, path: file }) => {
    if (key in data) return [[file, data[key]]]
    if (optional) return []
    throw new VolumeError(`${kind.toLowerCase()} references non-existent ${kind === 'Secret' ? 'secret' : 'config'} key: ${key}`)
  })
}

const downward = (pod, items = []) => items.map((item) => [item.path, String(fieldOf(pod, item.fieldRef.fieldPath))])

// What a volume without a folder of its own holds.
function contents(pod, volume, read) {
  const { secret, configMap, downwardAPI, projected } = volume
  if (secret) return filesOf('Secret', secret.secretName, read('secrets', secret.secretName), secret)
  if (configMap) return filesOf('ConfigMap', configMap.name, read('configmaps', configMap.name), configMap)
  if (downwardAPI) return downward(pod, downwardAPI.items)
  return projected.sources.flatMap((source) => {
    if (source.secret) return filesOf('Secret', source.secret.name, read('secrets', source.secret.name), source.secret)
    if (source.configMap) return filesOf('ConfigMap', source.configMap.name, read('configmaps', source.configMap.name), source.configMap)
    if (source.downwardAPI) return downward(pod, source.downwardAPI.items)
    return [] // nobody in a pod of the lab speaks to its API server: no token is made
  })
}

// The folder of a claim's volume: that of the PersistentVolume it is bound to.
function claimed(pod, { claimName }, { read, hostFolder }) {
  const volume = read('persistentvolumes', read('persistentvolumeclaims', claimName)?.spec.volumeName)
  const place = volume?.spec.hostPath ?? volume?.spec.local
  if (!place) throw new VolumeError(`persistentvolumeclaim "${claimName}" not found`)
  return hostFolder(place.path)
}

// {name: {folder, readOnly}} of all volumes of POD, made in FOLDER. READ(resource, name) as for variables;
// HOSTFOLDER(path) is what the lab takes for a folder of the node. Throws a VolumeError.
export function makeVolumes(pod, folder, { read, hostFolder }) {
  const made = {}
  for (const volume of pod.spec.volumes ?? []) {
    try {
      made[volume.name] = makeVolume(pod, volume, path.join(folder, volume.name), { read, hostFolder })
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error
      throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`)
    }
  }
  return made
}

function makeVolume(pod, volume, folder, { read, hostFolder }) {
  if (volume.hostPath) return { folder: hostFolder(volume.hostPath.path), readOnly: false }
  if (volume.persistentVolumeClaim) {
    return { folder: claimed(pod, volume.persistentVolumeClaim, { read, hostFolder }), readOnly: Boolean(volume.persistentVolumeClaim.readOnly) }
  }
  const kind = SECRET_LIKE.find((k) => volume[k])
  if (!volume.emptyDir && !kind) throw new VolumeError('the lab knows no such volumes')
  const files = kind ? contents(pod, volume, read) : []
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of files) {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    if (existsSync(file)) chmodSync(file, 0o600)
    writeFileSync(file, content, { mode: volume[kind].defaultMode ?? 0o644 })
  }
  return { folder, readOnly: Boolean(kind) }
}

// What files.c is to know of a container: a line for each of its mounts, and for the pod's own /tmp.
export function mountLines(pod, { volumeMounts = [], securityContext }, variables, expand) {
  const own = path.join(pod.folder, 'tmp')
  const lines = volumeMounts.map(({ name, mountPath, subPath, subPathExpr, readOnly }) => {
    const volume = pod.volumes[name]
    const below = subPathExpr ? expand(subPathExpr, (n) => variables[n]) : (subPath ?? '')
    const real = path.join(volume.folder, below)
    if (!volume.readOnly && !existsSync(real)) mkdirSync(real, { recursive: true })
    return `${readOnly || volume.readOnly ? 'r' : 'w'}${path.resolve('/', mountPath)}:${real}`
  })
  return [...lines, ...(lines.some((l) => l.slice(1).startsWith('/tmp:')) ? [] : [`${securityContext?.readOnlyRootFilesystem ? 'r' : 'w'}/tmp:${own}`])]
}
