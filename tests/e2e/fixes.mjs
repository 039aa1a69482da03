// The commands that the plan offers as fixes, and what of them a report has.
import { readFile } from 'node:fs/promises'

// What a fix of the plan does, in one line; null when it is an instruction.
export function nameOf(fix) {
  if (fix.command) return fix.command
  if (!fix.set_env) return null
  return `set ${Object.entries(fix.set_env).map(([name, value]) => `${name}=${value}`).join(' ')}`
}

// The commands of a report's root cause that a reader runs: all of the first way, in order.
export function commandsOf(cause) {
  const others = cause.fix.findIndex((f) => f.alternative)
  return cause.fix.slice(0, others < 0 ? undefined : others).flatMap((f) => f.command ?? [])
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const filled = (template) => template.split(/\$\{[^}]*\}/).map((text) => escaped(text.replaceAll('$$', () => '$'))).join('.*')

// Whether COMMANDS are among what the fix NAME of the table becomes. A variable is set where it comes from.
export function stems(name, commands) {
  if (!name.startsWith('set ')) return commands.some((c) => new RegExp(`^${filled(name)}$`).test(c))
  return name.slice(4).split(' ').every((pair) => {
    const [variable, value] = [pair.slice(0, pair.indexOf('=')), filled(pair.slice(pair.indexOf('=') + 1))]
    return commands.some((c) => new RegExp(`'?${variable}(=${value}|-|":"${value}")`).test(c))
  })
}

// Each of them beside the row of scenarios/ that applies it to a broken deployment, or the reason why none does.
export const table = JSON.parse(await readFile(new URL('fixes.json', import.meta.url), 'utf8'))
