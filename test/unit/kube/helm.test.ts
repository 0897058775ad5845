/** A release from where Helm stores it, and what may leave of it. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { redactRelease } from '../../../src/guard/helm.ts'
import { decodeRelease, type StoredRelease, storedName } from '../../../src/kube/helm.ts'
import { outputWith } from '../output/support.ts'
import { errorOf } from './support.ts'

const CANARY = 'canary'.concat('-4f1b-value')
const RELEASE = {
  name: 'web',
  info: { status: 'deployed', description: `Upgrade with ${CANARY}`, notes: `Sign in with ${CANARY} at port 8080` },
  chart: { metadata: { name: 'web', version: '1.2.3', appVersion: '9' }, values: { own: CANARY } },
  config: {
    adminPassword: CANARY,
    url: `postgres://u:${CANARY}@db`,
    list: [CANARY, 4711, true, null, ''],
    port: '8080',
  },
  manifest: [
    'apiVersion: v1\nkind: Service\nmetadata: {name: web}',
    `apiVersion: v1\nkind: Secret\nstringData: {password: ${CANARY}}\ndata: {other: ${btoa(CANARY)}}`,
    `apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{env: [{name: DB_PASSWORD, value: ${CANARY}}]}]}}}`,
  ].join('\n---\n'),
}
const zipped = (value: unknown): string => gzipSync(JSON.stringify(value)).toString('base64')

describe('a stored release', () => {
  test('is read from a Secret, from a ConfigMap, and uncompressed', async () => {
    const expected = { chart: 'web-1.2.3', appVersion: '9', status: 'deployed', values: RELEASE.config }
    expect(await decodeRelease(btoa(zipped(RELEASE)), true)).toMatchObject(expected)
    expect(await decodeRelease(zipped(RELEASE), false)).toMatchObject(expected)
    expect(await decodeRelease(btoa(JSON.stringify(RELEASE)), false)).toMatchObject(expected)
  })

  test('keeps nothing of the chart but its name and version', async () => {
    const stored = await decodeRelease(zipped({ ...RELEASE, config: {}, manifest: '', info: {} }), false)
    expect(JSON.stringify(stored)).not.toContain(CANARY)
  })

  test('that is a bomb is not unpacked further than the cap', async () => {
    const bomb = gzipSync(Buffer.alloc(40_000_000)).toString('base64')
    expect((await errorOf(decodeRelease(bomb, false))).code).toBe('answer_too_large')
  })

  test.each(['', '%', btoa('[]'), btoa('{'), zipped(RELEASE).slice(0, 60), zipped('text')])(
    'that is none is said so, and not quoted: %#',
    async (stored) => {
      const error = await errorOf(decodeRelease(stored, false))
      expect(error.code).toBe('cluster_nonsense')
      expect(error.detail).toBeUndefined()
    },
  )

  test('L3-1 has a name of a release, or none', () => {
    expect(storedName('web', 3)).toBe('sh.helm.release.v1.web.v3')
    for (const name of ['', '../x', 'Web', 'a/b', 'x'.repeat(54), 'a,owner=b'])
      expect(() => storedName(name, 1)).toThrow()
  })
})

describe('what leaves of it', () => {
  const redacted = (more: Partial<StoredRelease> = {}) => {
    const session = outputWith().session()
    const { info, chart, config, manifest } = RELEASE
    const release = redactRelease(
      { chart: 'web-1.2.3', appVersion: chart.metadata.appVersion, ...info, values: config, manifest, ...more },
      session,
    )
    return { release, redactions: session.counts().redactions }
  }

  test('L2-2 R-3 no value, by any part', () => {
    const { release, redactions } = redacted()
    expect(JSON.stringify(release)).not.toContain(CANARY)
    expect(JSON.stringify(release)).not.toContain(btoa(CANARY))
    expect(redactions).toBeGreaterThan(5)
  })

  test('every value given is a mark; keys, switches and what is empty stay', () => {
    const { release } = redacted()
    const mark = expect.stringMatching(/^\[masked:[0-9a-f]{8} \d+B\]$/)
    expect(release.values).toEqual({ adminPassword: mark, url: mark, list: [mark, mark, true, null, ''], port: mark })
  })

  test('manifests are objects, and notes lose the values that they repeat', () => {
    const { release } = redacted()
    expect(release.manifest?.map((it) => it.kind)).toEqual(['Service', 'Secret', 'Deployment'])
    expect(release.notes).toBe('Sign in with [a value] at port 8080')
  })

  test.each(['a: &x 1\nb: *x', 'a: [', `a: ${'['.repeat(2000)}`])(
    'a manifest that is no plain YAML is left out: %#',
    (manifest) => {
      expect(redacted({ manifest }).release.manifest).toBeUndefined()
    },
  )
})
