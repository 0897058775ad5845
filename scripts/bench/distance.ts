/**
 * A way to a server that takes its time: a TCP relay on loopback that holds every chunk back for half a round trip, both
 * ways. What it does not delay is the connection itself; workerd keeps those it has.
 */

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

export interface Distance {
  /** `https://127.0.0.1:PORT`, with the certificate of the server behind it. */
  readonly server: string
  stop(): Promise<void>
}

const hold = (from: Socket, to: Socket, ms: number): void => {
  from.on('data', (chunk) => setTimeout(() => to.destroyed || to.write(chunk), ms))
  from.on('end', () => setTimeout(() => to.end(), ms))
  from.on('error', () => to.destroy())
}

export const startDistance = async (server: string, roundTripMs: number): Promise<Distance> => {
  const { hostname, port } = new URL(server)
  const sockets = new Set<Socket>()
  const relay = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    hold(near, far, roundTripMs / 2)
    hold(far, near, roundTripMs / 2)
  })
  await new Promise<void>((resolve, reject) => {
    relay.once('error', reject)
    relay.listen(0, '127.0.0.1', resolve)
  })
  return {
    server: `https://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        relay.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
