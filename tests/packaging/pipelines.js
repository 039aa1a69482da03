// Reads the pipelines in a folder as their runners do: each is YAML, each step is correct shell, each call of postflight
// has options that it knows.
const assert = require('assert')
const { execFileSync } = require('child_process')
const { readFileSync } = require('fs')
const path = require('path')
const yaml = require('js-yaml')

const folder = process.argv[2]
const read = (name) => yaml.load(readFileSync(path.join(folder, name), 'utf8'))

// The shell of each step, with what the runner fills in made a word.
const github = Object.values(read('github.yml').jobs).flatMap((job) => job.steps)
  .map((step) => step.run).filter(Boolean).map((text) => text.replace(/\$\{\{.*?\}\}/g, 'word'))
const gitlab = Object.values(read('gitlab.yml')).filter((job) => job.script)
  .map((job) => job.script.join('\n'))

assert.ok(github.length >= 3 && gitlab.length >= 2, 'the steps were not found')
for (const script of [...github, ...gitlab]) {
  execFileSync('sh', ['-n'], { input: script })
  for (const [, words] of script.matchAll(/^\s*postflight ((?:[^|\n])*)/gm)) {
    // --help after the options: they are read, and nothing else is done.
    execFileSync('postflight', [...words.trim().split(/\s+/), '--help'], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
}

const all = [github, gitlab].map((steps) => steps.join('\n'))
for (const text of all) {
  assert.match(text, /postflight run .*--wait/)
  assert.match(text, /-o json=postflight\.json/)
  assert.match(text, /rollout undo .*--to-revision/)
}
