// The rows of scenarios/: each file is a group of that name, each array that it exports a table of rows.
import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('scenarios', import.meta.url))

// [{ group, row }], in the order of the files.
export async function scenarioRows() {
  const files = (await readdir(folder)).filter((f) => f.endsWith('.mjs')).sort()
  const groups = await Promise.all(files.map(async (file) => {
    const tables = Object.values(await import(`./scenarios/${file}`)).filter(Array.isArray)
    return tables.flat().map((row) => ({ group: basename(file, '.mjs'), row }))
  }))
  return groups.flat()
}
