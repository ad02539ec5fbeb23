// A small REST API without dependencies. Every answer says which container gave it.
'use strict'

const http = require('node:http')
const os = require('node:os')
const { setTimeout: sleep } = require('node:timers/promises')

const PORT = 8080 // Marathon's variable PORT is the port of the node that is mapped to this one
const LONGEST = 60_000 // milliseconds that /slow may take
const GRACE = 30_000 // milliseconds that requests in flight get at the end
let stopping = false
let served = 0

function addresses() {
  const all = Object.values(os.networkInterfaces()).flat()
  return all.filter((one) => one.family === 'IPv4' && !one.internal).map((one) => one.address)
}

function whoAmI() {
  return {
    service: process.env.SERVICE_NAME ?? 'nodejs-rest-api',
    version: process.env.SERVICE_VERSION ?? '1',
    container: os.hostname(),
    addresses: addresses(),
    node: process.env.HOST ?? null, // Marathon sets it to the agent's name
    task: process.env.MESOS_TASK_ID ?? null,
    uptime: Math.round(process.uptime()),
    served,
  }
}

const routes = {
  '/': async () => [200, whoAmI()],
  '/health': async () => (stopping ? [503, { status: 'stopping' }] : [200, { status: 'ok' }]),
  '/env': async () => [200, Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('SERVICE_')))],
  '/slow': async (query) => {
    const ms = Number(query.get('ms') ?? 1000)
    if (!(ms >= 0 && ms <= LONGEST)) return [400, { error: `ms is a number from 0 to ${LONGEST}` }]
    await sleep(ms)
    return [200, { ...whoAmI(), ms }]
  },
}

async function answer(request) {
  const url = new URL(request.url, 'http://localhost')
  const route = Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : null
  if (!route) return [404, { error: `no such path: ${url.pathname}`, paths: Object.keys(routes) }]
  if (!['GET', 'HEAD'].includes(request.method)) return [405, { error: 'GET or HEAD only' }]
  return route(url.searchParams)
}

const server = http.createServer(async (request, response) => {
  request.resume()
  served += 1
  const [status, body] = await answer(request).catch((error) => [400, { error: error.message }])
  const text = `${JSON.stringify(body)}\n`
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }
  if (stopping) headers.Connection = 'close'
  response.writeHead(status, headers)
  response.end(request.method === 'HEAD' ? undefined : text)
})

// Accept no more connections, finish what is in flight, then go.
function stop(signal) {
  if (stopping) return
  stopping = true
  console.log(`${signal}: finishing requests in flight`)
  server.close(() => {
    console.log(`stopped after ${served} requests`)
    process.exit(0)
  })
  server.closeIdleConnections()
  setTimeout(() => process.exit(1), GRACE).unref()
}

process.on('SIGTERM', stop)
process.on('SIGINT', stop)
server.on('error', (error) => {
  console.error(`cannot listen on port ${PORT}: ${error.message}`)
  process.exit(1)
})
server.listen(PORT, () => console.log(`listening on port ${PORT}`))
