/**
 * V8's inspector in workerd, for the heap of the Worker's isolate, which its Durable Objects share.
 */

const DEADLINE_MS = 30_000
const MB = 1_000_000

export interface Inspector {
  /** MB of JavaScript's heap and of buffers now; garbage that nobody has collected yet included. */
  heap(): Promise<number>
  close(): void
}

interface HeapUsage {
  readonly usedSize: number
  readonly backingStorageSize?: number
}

export const openInspector = async (port: number): Promise<Inspector> => {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as readonly {
    readonly webSocketDebuggerUrl: string
  }[]
  const [target] = targets
  if (target === undefined) throw new Error('The inspector knows no Worker.')
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error('The inspector does not answer.')), { once: true })
  })
  let last = 0
  const waiting = new Map<number, (answer: { readonly result?: unknown; readonly error?: unknown }) => void>()
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as { readonly id?: number; readonly result?: unknown }
    if (answer.id === undefined) return
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  const ask = (method: string, params: Readonly<Record<string, unknown>> = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      last += 1
      const id = last
      const timer = setTimeout(() => reject(new Error(`No answer to ${method} in ${DEADLINE_MS} ms.`)), DEADLINE_MS)
      waiting.set(id, ({ result, error }) => {
        clearTimeout(timer)
        if (error === undefined) resolve(result)
        else reject(new Error(`${method}: ${JSON.stringify(error)}`))
      })
      socket.send(JSON.stringify({ id, method, params }))
    })
  await ask('Runtime.enable')
  return {
    async heap() {
      const { usedSize, backingStorageSize = 0 } = (await ask('Runtime.getHeapUsage')) as HeapUsage
      return (usedSize + backingStorageSize) / MB
    },
    close: () => socket.close(),
  }
}
