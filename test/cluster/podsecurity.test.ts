/**
 * Pod Security as Bulkhead judges it, and as the API server's own admission plugin does: the same pods, fixture by fixture,
 * in namespaces that enforce a level. Every pod is a dry run; those that get an ephemeral container are made first.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { podSecurity } from '../../src/guard/podsecurity/index.ts'
import type { KubeObject } from '../../src/tool.ts'
import { podCases, podSpecOf } from '../support/pod-security.ts'
import { createRawClient, type RawClient } from '../support/raw-https.ts'

const controlPlane = inject('controlPlane')
const LEVELS = ['privileged', 'baseline', 'restricted'] as const
type Level = (typeof LEVELS)[number]
const namespaceOf = (level: Level): string => `pod-security-${level}`

let client: RawClient

const send = async (method: string, path: string, body: unknown, contentType = 'application/json') => {
  const { status, bytes } = await client.request(path, {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': contentType },
  })
  return { status, body: JSON.parse(bytes.toString()) as KubeObject & { readonly message?: string } }
}

beforeAll(async () => {
  const { server, certificateAuthority, tokens } = controlPlane
  client = createRawClient({ server, certificateAuthority, token: tokens.admin })
  for (const level of LEVELS) {
    const name = namespaceOf(level)
    const labels = {
      'pod-security.kubernetes.io/enforce': level,
      'pod-security.kubernetes.io/enforce-version': 'v1.36',
    }
    await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
    // Pods name it, and admission waits for nobody to make it.
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
    await send('POST', `/api/v1/namespaces/${name}/serviceaccounts`, account)
  }
})

afterAll(async () => {
  for (const level of LEVELS) await send('DELETE', `/api/v1/namespaces/${namespaceOf(level)}`, {})
  client.stop()
})

const ask = async (index: number, level: Level) => {
  const podCase = podCases[index]
  if (podCase === undefined) throw new RangeError(`There is no case ${index}`)
  const { fixture, place } = podCase
  const { ephemeralContainers, ...spec } = podSpecOf(fixture, place)
  const name = `case-${index}`
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(fixture.annotations === undefined ? {} : { annotations: fixture.annotations }) },
    spec,
  }
  const pods = `/api/v1/namespaces/${namespaceOf(level)}/pods`
  if (place !== 'ephemeralContainers') return send('POST', `${pods}?dryRun=All`, pod)
  const made = await send('POST', pods, pod)
  expect(made.status, made.body.message).toBe(201)
  const patch = { spec: { ephemeralContainers } }
  return send(
    'PATCH',
    `${pods}/${name}/ephemeralcontainers?dryRun=All`,
    patch,
    'application/strategic-merge-patch+json',
  )
}

/** What the level forbids: everything of its own, and of the levels below it. */
const forbids = (level: Level, found: Level): boolean =>
  LEVELS.indexOf(found) > 0 && LEVELS.indexOf(found) <= LEVELS.indexOf(level)

describe('R-4 the API server says of a pod what Bulkhead says', () => {
  test.each(podCases.map(({ title, fixture }, index) => ({ title, fixture, index })))('$title', async (it) => {
    const free = await ask(it.index, 'privileged')
    if (it.fixture.invalid !== undefined) {
      expect(free.status, it.fixture.invalid).toBe(422)
      return
    }
    expect(free.status, free.body.message).toBeLessThan(300)
    const findings = podSecurity(free.body)
    expect([...new Set(findings.map(({ check }) => check))].sort()).toEqual([...it.fixture.fails].sort())
    for (const level of ['baseline', 'restricted'] as const) {
      const { status, body } = await ask(it.index, level)
      if (findings.some((finding) => forbids(level, finding.level))) {
        expect(status, body.message).toBe(403)
        expect(body.message).toContain(`violates PodSecurity "${level}:v1.36"`)
      } else expect(status, body.message).toBeLessThan(300)
    }
  })
})
