/** Readiness names the secrets that cannot be read, before something needs them. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { configSchema } from '../../../src/config.ts'
import { secretsCheck } from '../../../src/http/secrets-check.ts'
import { memorySecrets } from '../../../src/platform/memory.ts'
import { run } from '../app/setup.ts'

const server = 'https://10.0.0.1:6443'
const credentials = { read: { token: { secret: 'READ' } }, change: { token: { secret: 'CHANGE' } } }
const configOf = (cluster: object, others: object = {}) =>
  configSchema.parse({
    publicUrl: 'https://bulkhead.example.com',
    masterKey: { secret: 'BULKHEAD_KEY' },
    identity: { operators: [{ name: 'operator', sha256: ['a'.repeat(64)] }] },
    clusters: { prod: { server, credentials, ...cluster } },
    ...others,
  })
const audit = { export: { url: 'https://evidence.example.com/in', bearer: { secret: 'EVIDENCE' } } }
const signal = new AbortController().signal
const HAVE = { BULKHEAD_KEY: 'k-value', READ: 'r-value' }

afterEach(() => vi.useRealTimers())

describe('secrets', () => {
  test('that are all there are no warning', async () => {
    const secrets = memorySecrets({ ...HAVE, CHANGE: 'c', EVIDENCE: 'e' })
    expect(await secretsCheck(configOf({}, { audit }), secrets).run(signal)).toBeUndefined()
  })

  test('that are missing are one, by name and place', async () => {
    expect(await secretsCheck(configOf({}, { audit }), memorySecrets(HAVE)).run(signal)).toEqual({
      warning:
        'Secrets that cannot be read: CHANGE (clusters.prod.credentials.change.token), EVIDENCE (audit.export.bearer). What needs them does not work.',
    })
  })

  test('that hang are one too, within the deadline of a check', async () => {
    vi.useFakeTimers()
    const secrets = memorySecrets({ ...HAVE, CHANGE: 'c' })
    const hanging = {
      get: (name: string) => (name === 'CHANGE' ? new Promise<string>(() => undefined) : secrets.get(name)),
    }
    const found = secretsCheck(configOf({}), hanging).run(signal)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await found).toMatchObject({ warning: expect.stringMatching(/^Secrets that cannot be read: CHANGE \(/) })
  })

  test('are at most twenty by name', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 25 }, (_, at) => [
        `c${at}`,
        { server, credentials: { read: { token: { secret: `T${at}` } } } },
      ]),
    )
    const found = await secretsCheck(configOf({}, { clusters: many }), memorySecrets(HAVE)).run(signal)
    expect(found?.warning).toMatch(/T19 \([^,]* and 5 more\./)
  })

  test('of a cluster whose binding brings its own TLS are those that are not of TLS', async () => {
    const certificateAuthority = { secret: 'CA' }
    const warningOf = async (cluster: object) =>
      (await secretsCheck(configOf({ certificateAuthority, ...cluster }), memorySecrets(HAVE)).run(signal))?.warning
    expect(await warningOf({})).toMatch(/: CA \(.*, CHANGE \(/)
    expect(await warningOf({ vpcService: 'PROD' })).toMatch(/: CHANGE \([^,]*\)\./)
    expect(await warningOf({ mtlsBinding: 'PROD' })).toMatch(/: CHANGE \([^,]*\)\./)
  })

  test('stand in /readyz, which stays ready', async () => {
    const { status, body } = await run({ config: { audit } }).ready()
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({
      ready: true,
      checks: expect.arrayContaining([
        { name: 'secrets', ok: true, warning: expect.stringContaining('EVIDENCE (audit.export.bearer)') },
      ]),
    })
  })
})
