// A whole Bluesky network: a directory of accounts (PLC), a server for accounts (PDS) and one that
// indexes their posts (AppView). Started by ../bluesky.py, which talks to it by lines of JSON.
//
//   node -r ./listen.js network.js FOLDER-WITH-NODE_MODULES POSTGRES-URL SCHEMA
//
// Says {"pid": ..., "pds": ..., "plc": ...} when it is ready. For each line that it reads, it says {} once
// all that was written before is indexed. Ends when its input ends.
'use strict'
const { createRequire } = require('node:module')
const path = require('node:path')
const readline = require('node:readline')

const [folder, dbPostgresUrl, dbPostgresSchema] = process.argv.slice(2)
const { TestBsky, TestPds, TestPlc, mockNetworkUtilities } = createRequire(
  path.join(folder, 'package.json'),
)('@atproto/dev-env')
const getPort = createRequire(path.join(folder, 'package.json'))('get-port')

const PATIENCE = 30_000 // milliseconds

async function start() {
  const plc = await TestPlc.create({})
  const pdsPort = await getPort()
  const bsky = await TestBsky.create({
    plcUrl: plc.url,
    pdsPort,
    repoProvider: `ws://localhost:${pdsPort}`,
    dbPostgresUrl,
    dbPostgresSchema,
  })
  const pds = await TestPds.create({
    port: pdsPort,
    didPlcUrl: plc.url,
    bskyAppViewUrl: bsky.url,
    bskyAppViewDid: bsky.ctx.cfg.serverDid,
  })
  mockNetworkUtilities(pds, bsky)
  return { plc, pds, bsky }
}

async function indexed({ pds, bsky }) {
  await pds.processAll()
  const wanted = await pds.ctx.sequencer.curr()
  const end = Date.now() + PATIENCE
  while (wanted) {
    await bsky.sub.processAll()
    if ((await bsky.sub.runner.getCursor()) >= wanted) return {}
    if (Date.now() > end) return { error: `event ${wanted} was not indexed` }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return {}
}

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

async function main() {
  const network = await start()
  say({ pid: process.pid, pds: network.pds.url, plc: network.plc.url })
  for await (const _line of readline.createInterface({ input: process.stdin })) {
    say(await indexed(network))
  }
  process.exit(0)
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
