/** A read credential that grew: how long it can go unnoticed. */
import { expect, test } from 'vitest'
import { createCredential } from '../../../src/guard/credentials.ts'
import type { KubeClient } from '../../../src/kube/client.ts'
import { memoryPorts } from '../../../src/platform/memory.ts'

const MINUTE_MS = 60_000
const config = { server: 'https://prod.example.com:6443', credentials: { read: { token: { secret: 'READ_TOKEN' } } } }

test('L4-3 an isolate that finds the verdict in the cache asks again when that hour is over, not an hour later', async () => {
  const ports = memoryPorts({ secrets: { READ_TOKEN: 'read-token-of-a-fixture' } })
  let grew = false
  const client = {
    rules: async () => ({ namespace: 'default', resourceRules: [], nonResourceRules: [], incomplete: false }),
    probe: async () => ({ allowed: grew, reason: '' }),
  } as unknown as KubeClient
  await createCredential(ports, 'prod', config, 'read', config.credentials.read).vet(client)
  grew = true
  ports.clock.advance(59 * MINUTE_MS)
  const second = createCredential(ports, 'prod', config, 'read', config.credentials.read)
  await second.vet(client)
  ports.clock.advance(2 * MINUTE_MS)
  await expect(second.vet(client)).rejects.toMatchObject({ code: 'credential_overpowered' })
})
