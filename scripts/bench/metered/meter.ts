/**
 * Bindings and storage that count. Everything lives in one isolate (workerd runs a service's Durable Objects beside its
 * Worker), so that plain variables are enough.
 */
import type { Bill, Taken } from './bill.ts'

type Method = (...values: readonly unknown[]) => Promise<unknown>

let cluster = 0
let durable = 0
let pending = 0
let cacheReads = 0
let cacheWrites = 0
let kvRead = 0
let kvWritten = 0
/** Rows are known when a cursor has been read to its end: asked for when the bill is taken. */
let cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []

const underWay = async <T>(work: () => Promise<T>): Promise<T> => {
  pending += 1
  try {
    return await work()
  } finally {
    pending -= 1
  }
}

export const take = (): Taken => {
  const sum = (rowsOf: (it: (typeof cursors)[number]) => number) => cursors.reduce((all, it) => all + rowsOf(it), 0)
  const bill: Bill = {
    cluster,
    durable,
    rowsRead: kvRead + sum((it) => it.rowsRead),
    rowsWritten: kvWritten + sum((it) => it.rowsWritten),
    cacheReads,
    cacheWrites,
  }
  cursors = []
  cluster = durable = cacheReads = cacheWrites = kvRead = kvWritten = 0
  return { bill, pending }
}

/** In front of a Durable Object's storage, before the object sees it. */
export const meterStorage = (storage: DurableObjectStorage): void => {
  const { sql, kv } = storage
  const exec = sql.exec.bind(sql)
  const counted: typeof exec = (query, ...values) => {
    const cursor = exec(query, ...values)
    cursors.push(cursor)
    return cursor as never
  }
  Object.defineProperty(sql, 'exec', { value: counted })
  const [put, remove, list] = [kv.put.bind(kv), kv.delete.bind(kv), kv.list.bind(kv)]
  const setAlarm = storage.setAlarm.bind(storage)
  Object.defineProperties(kv, {
    put: {
      value: (key: string, value: unknown) => {
        kvWritten += 1
        put(key, value)
      },
    },
    delete: {
      value: (key: string) => {
        kvWritten += 1
        return remove(key)
      },
    },
    list: {
      value: function* (options: SyncKvListOptions) {
        for (const row of list(options)) {
          kvRead += 1
          yield row
        }
      },
    },
  })
  Object.defineProperty(storage, 'setAlarm', {
    value: (time: number) => {
      kvWritten += 1
      return setAlarm(time)
    },
  })
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A namespace whose objects count what they are asked, and answer `delayMs` later. */
export const meterNamespace = <T extends Rpc.DurableObjectBranded | undefined>(
  namespace: DurableObjectNamespace<T>,
  delayMs: number,
): DurableObjectNamespace<T> => {
  const wrap = (stub: DurableObjectStub<T>): DurableObjectStub<T> =>
    new Proxy(stub, {
      get:
        (target, key) =>
        (...values: readonly unknown[]) =>
          underWay(async () => {
            durable += 1
            if (delayMs > 0) await sleep(delayMs)
            return (target as unknown as Record<string | symbol, Method>)[key]?.(...values)
          }),
    })
  const wrapped: Pick<DurableObjectNamespace<T>, 'getByName' | 'jurisdiction'> = {
    getByName: (name, options) => wrap(namespace.getByName(name, options)),
    jurisdiction: (where) => meterNamespace(namespace.jurisdiction(where), delayMs),
  }
  return wrapped as DurableObjectNamespace<T>
}

export const meterCache = (cache: KVNamespace): KVNamespace => {
  const wrapped = {
    get: (key: string) => {
      cacheReads += 1
      return cache.get(key)
    },
    put: (key: string, value: string, options: KVNamespacePutOptions) => {
      cacheWrites += 1
      return cache.put(key, value, options)
    },
  }
  return wrapped as unknown as KVNamespace
}

export const meterFetcher = (fetcher: Fetcher): Pick<Fetcher, 'fetch'> => ({
  fetch: (input, init) => {
    cluster += 1
    return underWay(() => fetcher.fetch(input, init))
  },
})
