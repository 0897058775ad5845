/**
 * Every situation of test/situations on the real control plane: its own controllers and scheduler write what they write,
 * the planter plays the kubelets. Diagnosed through the whole product with the role that is shipped.
 */
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { clusterRequest } from '../../scripts/control-plane/client.ts'
import { applyManifests, serviceAccountToken } from '../../scripts/control-plane/helpers.ts'
import type { GatewayCluster } from '../support/gateway.ts'
import { mistakesOf } from '../support/situations/compare.ts'
import { diagnoseSituation } from '../support/situations/diagnosing.ts'
import { loadSituations } from '../support/situations/format.ts'
import { readOperators } from '../support/situations/operators.ts'
import { type Ground, plant } from '../support/situations/planter.ts'

const controlPlane = inject('controlPlane')

const ground: Ground = {
  platform: 'real',
  send: (method, path, body, contentType) =>
    clusterRequest(controlPlane, { method, path, body, ...(contentType === undefined ? {} : { contentType }) }),
}

const situations = loadSituations().filter(({ expected }) => expected.platforms.includes('real'))

/** To plant, which has a deadline of its own, and to diagnose. */
const SITUATION_MS = 150_000

describe('on the real control plane', { timeout: SITUATION_MS }, () => {
  let cluster: GatewayCluster

  beforeAll(async () => {
    const role = await readFile(new URL('../../deploy/rbac/read.yaml', import.meta.url), 'utf8')
    await applyManifests(controlPlane, role)
    await readOperators(ground.send)
    const { server, certificateAuthority } = controlPlane
    const readToken = await serviceAccountToken(controlPlane, 'bulkhead', 'bulkhead-read')
    cluster = { name: 'real', server, certificateAuthority, readToken }
  })

  // Together: each in a namespace of its own, and most of the time is spent waiting for controllers.
  test.concurrent.each(situations.map((it) => [it.name, it] as const))('%s', async (_name, situation) => {
    const planted = await plant(ground, situation)
    try {
      const { report, writes } = await diagnoseSituation(cluster, situation, planted)
      expect(mistakesOf(situation, planted, report)).toEqual([])
      expect(writes).toEqual([])
    } finally {
      await planted.remove()
    }
  })
})
