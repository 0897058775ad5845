/**
 * Opens the Deno KV file: one process at a time, and only a layout that this program knows. The lock is the operating
 * system's, so it ends with the process however that ends, and a restart after a crash waits for nothing.
 */
import { statfs } from 'node:fs/promises'
import { BulkheadError } from '../../errors.ts'
import { STORAGE_VERSION, VERSION_KEY } from './keys.ts'
import type { Room } from './ledgers.ts'

export interface Storage {
  readonly kv: Deno.Kv
  readonly room: Room
  close(): void
}

const notReady = (detail: string): BulkheadError =>
  new BulkheadError('not_ready', `Bulkhead's storage cannot be opened: ${detail}.`, { detail })

/** The file that SQLite keeps, and what was written to it last. */
const FILES = ['', '-wal']

const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await Deno.stat(path)).size
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0
    throw error
  }
}

const checkVersion = async (kv: Deno.Kv, path: string): Promise<void> => {
  const { value } = await kv.get<number>(VERSION_KEY)
  if (value === null) await kv.set(VERSION_KEY, STORAGE_VERSION)
  else if (value !== STORAGE_VERSION) {
    throw notReady(`"${path}" has layout version ${value}, this program knows ${STORAGE_VERSION}`)
  }
}

const openLock = async (path: string): Promise<Deno.FsFile> => {
  try {
    // Whose ledger it is may read it, and nobody else.
    await Deno.mkdir(path.replace(/\/*[^/]*$/, '') || '.', { recursive: true, mode: 0o700 })
    return await Deno.open(path, { create: true, write: true, mode: 0o600 })
  } catch (error) {
    throw notReady(`"${path}" cannot be made, ${String(error)}`)
  }
}

/** Throws `not_ready` where another process holds the file, or its layout is newer. */
export const openStorage = async (path: string): Promise<Storage> => {
  const lock = await openLock(`${path}.lock`)
  if (!(await lock.tryLock(true))) {
    lock.close()
    throw notReady(`another process holds "${path}"; one process writes it, so stop that one first`)
  }
  const kv = await Deno.openKv(path)
  const close = () => {
    kv.close()
    lock.close()
  }
  try {
    await checkVersion(kv, path)
  } catch (error) {
    close()
    throw error
  }
  return {
    kv,
    close,
    async room() {
      const [sizes, disk] = await Promise.all([Promise.all(FILES.map((end) => sizeOf(`${path}${end}`))), statfs(path)])
      return { bytesUsed: sizes.reduce((sum, size) => sum + size, 0), bytesAvailable: disk.bavail * disk.bsize }
    },
  }
}
