#!/usr/bin/env node
// As much of curl as the first run's lines use, for machines that have Node and nothing else.
const given = process.argv.slice(2)
const body = new URLSearchParams()
const options = new Map()
let url = ''
while (given.length > 0) {
  const word = given.shift()
  if (word === '-s') continue
  if (word === '-d') {
    const [name, ...value] = given.shift().split('=')
    body.append(name, value.join('='))
  } else if (word.startsWith('-')) options.set(word, given.shift())
  else url = word
}
const headers = { Authorization: `Basic ${Buffer.from(options.get('-u')).toString('base64')}` }
const response = await fetch(url, { method: 'POST', headers, body })
if (!options.has('-o')) process.stdout.write(await response.text())
if (options.has('-w')) process.stdout.write(options.get('-w').replace('%{http_code}', String(response.status)).replace('\\n', '\n'))
