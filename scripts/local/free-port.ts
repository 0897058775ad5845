/** Ports on loopback. */
import { createServer } from 'node:net'

/** The port itself when it is free, any free one for 0; undefined when it is taken. */
export const probePort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
    })
  })

export const freePort = async (): Promise<number> => {
  const port = await probePort(0)
  if (port === undefined) throw new Error('There is no free port on 127.0.0.1')
  return port
}
