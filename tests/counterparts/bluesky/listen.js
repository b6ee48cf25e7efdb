// Loaded before the network (node -r): its servers listen on 127.0.0.1 only, and not on the whole
// machine's addresses, as they would by themselves.
'use strict'
const net = require('node:net')

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...given) {
  const [first, ...rest] = given
  if (first && typeof first === 'object' && first.path === undefined) {
    return listen.call(this, { ...first, host: '127.0.0.1' }, ...rest)
  }
  if (typeof first === 'number' || first === undefined) {
    const host = { port: first ?? 0, host: '127.0.0.1' }
    return listen.call(this, host, ...rest.filter((each) => typeof each === 'function'))
  }
  return listen.apply(this, given)
}
