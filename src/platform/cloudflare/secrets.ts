/** Secrets from bindings: Secrets Store first, a Worker's own secret (a string) else. The name is the binding's. */

import { within } from '../../deadline.ts'
import type { Millis, Secrets } from '../../ports.ts'
import { secretUnavailable } from '../failures.ts'

/** The store is a lookup in Cloudflare's own network: what takes longer will not come. */
const SECRET_DEADLINE_MS: Millis = 3_000

const isStoreSecret = (binding: unknown): binding is { get(): Promise<unknown> } =>
  typeof binding === 'object' && binding !== null && 'get' in binding && typeof binding.get === 'function'

export const createSecrets = (env: Readonly<Record<string, unknown>>): Secrets => {
  const read = async (name: string): Promise<unknown> => {
    const binding = env[name]
    if (typeof binding === 'string') return binding
    if (!isStoreSecret(binding)) throw secretUnavailable(name, 'no binding of this name is a secret')
    try {
      return await within(SECRET_DEADLINE_MS, binding.get(), () => new Error('no answer in time'))
    } catch {
      // The cause is not passed on: its words are another party's and might hold anything.
      throw secretUnavailable(name, 'the Secrets Store did not give it')
    }
  }
  return {
    async get(name) {
      const value = await read(name)
      if (typeof value !== 'string' || value === '') throw secretUnavailable(name, 'the binding holds no text')
      return value
    },
  }
}
